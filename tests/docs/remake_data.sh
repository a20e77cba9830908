#!/usr/bin/env bash
# The files of data/ are what data/make.sh makes. The model is compared by what it says, for another
# processor may round otherwise.
#   remake_data.sh BIN_FOLDER DATA_FOLDER
set -euo pipefail
bin=$(realpath "$1")
data=$(realpath "$2")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_data.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

"$data/make.sh" "$bin" "$scratch"
cmp <(zstdcat "$data/XBTUSD_20260101.txt.zst") <(zstdcat "$scratch/XBTUSD_20260101.txt.zst")
cmp "$data/XBTUSD_20260101.ds" "$scratch/XBTUSD_20260101.ds"
for model in "$data/model.json" "$scratch/model.json"; do
  scores="$scratch/scores.$(basename "$(dirname "$model")")"
  "$bin/obsignal" --quiet --allow-in-sample "$data/XBTUSD_20260101.txt.zst" \
    --model "$model" --format csv |
    awk -F, 'NR > 1 { printf "%s,%.3f\n", $2, $4 }' >"$scores"
done
cmp "$scratch"/scores.*
