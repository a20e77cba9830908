#!/usr/bin/env bash
# Makes a dataset of each day-file of a folder, several at once, and joins them in their order.
#   datasets.sh BOOKS_FOLDER OUTPUT_FOLDER [OBDATASET_OPTION]...
set -euo pipefail
books=$1
out=$2
shift 2
mkdir -p "$out"

# xargs runs as many at once as there are processors. GNU parallel does it as well:
#   parallel obdataset -q {} --join 0 --overwrite -o "$out/" ::: "$books"/*_????????.txt*
find "$books" -maxdepth 1 -name '*_????????.txt*' -print0 |
  xargs -0 -n 1 -P "$(nproc)" obdataset --quiet --join 0 --overwrite -o "$out/" "$@"

cat "$out"/*_????????.ds >"$out/all.ds"
