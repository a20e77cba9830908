#!/usr/bin/env bash
# Tests each model of a folder on each day-file of another with GNU parallel, as many at once as
# there are processors, and joins the results in the order of models and days.
#   backtests.sh MODEL_FOLDER BOOKS_FOLDER OUTPUT_FOLDER [OBBACKTEST_OPTION]...
# `parallel --sshloginfile hosts` spreads the same line over machines that share the folders.
set -euo pipefail
models=$1
books=$2
out=$3
shift 3
mkdir -p "$out"

# {1/.} is the model's name without folder and ending, {2/.} the day-file's.
parallel --will-cite --halt soon,fail=1 \
  obbacktest --quiet '{2}' --model '{1}' --jobs 1 --overwrite "${@@Q}" \
  -o "$out/{1/.}.{2/.}.trades" --summary "$out/{1/.}.{2/.}.summary" \
  ::: "$models"/*.json ::: "$books"/*_????????.txt*

cat "$out"/*.summary >"$out/summaries.json"
cat "$out"/*.trades >"$out/trades.json"
