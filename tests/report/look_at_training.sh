#!/usr/bin/env bash
# Looks with a browser at the page of a training, and holds its numbers against the record.
#   look_at_training.sh BIN_FOLDER DATASETS_FOLDER
# Exits with 77 where there is no browser.
set -euo pipefail
bin=$1
data=$2
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_training.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# A name that would be markup where it was not escaped.
cp "$data/samples.ds" "$scratch/<b>&\"samples.ds"
"$bin/obtrain" -q "$scratch/<b>&\"samples.ds" --test "$data/later.ds" --walk-forward 2 \
  --json --report "$scratch/training.html" -o "$scratch/<i>model.json" >"$scratch/record.json"
"$bin/obtrain" -q "$data/samples.ds" --validation 0 --members 2 --epochs 3 --transform none \
  --report "$scratch/unscored.html"
# What the page says of the model's file is true.
grep -qF "$(sha256sum <"$scratch/<i>model.json" | cut -d ' ' -f 1)" "$scratch/training.html"
grep -qF "$(sha256sum <"$data/later.ds" | cut -d ' ' -f 1)" "$scratch/training.html"
export HOME="$scratch" TMPDIR="$scratch" PYTHONDONTWRITEBYTECODE=1
/usr/bin/python3 "$here/check_report.py" --glance "$scratch/training.html" "$scratch/unscored.html"
/usr/bin/python3 "$here/check_training.py" "$scratch/training.html" "$scratch/record.json"
