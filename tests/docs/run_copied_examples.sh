#!/usr/bin/env bash
# Runs what docs/examples has for users to copy: many files at once give the samples of one run.
#   run_copied_examples.sh EXAMPLES_FOLDER BIN_FOLDER DATA_FOLDER
set -euo pipefail
examples=$(realpath "$1")
bin=$(realpath "$2")
data=$(realpath "$3")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_copied_examples.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export PATH="$bin:$PATH"

obexchange --quiet --seed 3 --start 2026-01-01T23:58:00Z --duration 240 --write-capture capture
obsave --quiet --replay capture -o books
days=(books/*.txt)
[[ ${#days[@]} -eq 2 ]]
obdataset --quiet books --join 0 --label every -o every.ds
obdataset --quiet books --join 0 -o next.ds

"$examples/parallel/datasets.sh" books parallel --label every
cmp parallel/all.ds every.ds

for task in 0 1; do
  SLURM_ARRAY_TASK_ID=$task "$examples/slurm/datasets.sbatch" books slurm
done
cmp <(cat slurm/*_????????.ds) next.ds

if ! /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
  echo "no NumPy (Debian: python3-numpy): read_files.py is not run"
  exit 0
fi
day=$data/XBTUSD_20260101.txt.zst
obdataset --quiet "$day" -o samples.npz
obbacktest --quiet "$day" --rule imbalance --levels 1 --threshold 0.9 --taker-fee-bps 5 \
  -o trades 2>/dev/null
/usr/bin/python3 "$examples/python/read_files.py" "$day" samples.npz trades >figures
grep -q '^4229 books' figures
grep -q '^149 samples of 100 volumes, 81 rises, label next$' figures
grep -q '^16 trades, mean net -60.4507$' figures
