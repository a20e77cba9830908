#!/usr/bin/env bash
# Looks with a browser at the page that obbacktest itself draws of a backtest.
#   look_at_backtest.sh BIN_FOLDER DATA_FOLDER
# Exits with 77 where there is no browser.
set -euo pipefail
bin=$1
data=$2
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_backtest.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

"$bin/obbacktest" -q "$data/XBTUSD_20260101.txt.zst" --model "$data/model.json" --threshold 0.3 \
  --fill queue --maker-fee-bps -1 --taker-fee-bps 5 \
  --report "$scratch/backtest.html" -o "$scratch/trades.jsonl" 2>/dev/null
export HOME="$scratch" TMPDIR="$scratch"
/usr/bin/python3 "$(dirname "$0")/check_report.py" --glance "$scratch/backtest.html"
