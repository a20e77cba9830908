#!/usr/bin/env bash
# Makes the files of this folder again: the same commands, the same seeds, the same bytes.
#   make.sh BIN_FOLDER OUTPUT_FOLDER
set -euo pipefail
PATH="$(realpath "$1"):$PATH"
mkdir -p "$2"
cd "$2"

obexchange --quiet --seed 7 --start 2026-01-01T10:00:00Z --duration 420 \
  --write-capture market.capture
obsave --quiet --replay market.capture -o .
rm market.capture
obdataset --quiet XBTUSD_20260101.txt -o XBTUSD_20260101.ds
obtrain --quiet XBTUSD_20260101.ds --seed 7 -o model.json
zstd --quiet -19 --rm XBTUSD_20260101.txt
