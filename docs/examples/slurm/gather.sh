#!/usr/bin/env bash
# Joins what backtests.sbatch wrote, in the order of models and days: a summary a line, all trades.
#   gather.sh results
# To run it when all tasks have ended well: sbatch --dependency=afterok:JOB gather.sh results
set -euo pipefail
cd "$1"
cat ./*.summary >summaries.json
cat ./*.trades >trades.json
