#!/usr/bin/env bash
# Holds the numbers of obbacktest's own pages against its summaries, and looks at them with a
# browser.
#   look_at_backtest.sh BIN_FOLDER DATA_FOLDER
# Exits with 77 where there is no browser.
set -euo pipefail
bin=$1
data=$2
here=$(realpath "$(dirname "$0")")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_backtest.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
books=$data/XBTUSD_20260101.txt.zst

# page NAME ARGUMENT... : NAME.html, and NAME.json, its summary.
page() {
  name=$1
  shift
  "$bin/obbacktest" -q "$books" "$@" --report "$scratch/$name.html" \
    --summary "$scratch/$name.json" -o /dev/null 2>/dev/null
}
page backtest --model "$data/model.json" --threshold 0.3 \
  --fill queue --maker-fee-bps -1 --taker-fee-bps 5
page inverse --rule imbalance --contract inverse --contract-size 100 --taker-fee-bps 5 \
  --slippage 0.5
for name in backtest inverse; do
  /usr/bin/python3 "$here/check_money.py" "$scratch/$name.html" "$scratch/$name.json"
done
page touch --rule imbalance --fill touch
page two_runs --model "$data/model.json" --rule imbalance --threshold 0.3 --taker-fee-bps 5
page heat_map --rule imbalance --levels 1,5,10 --threshold 0:0.8:0.2 --taker-fee-bps 5
page thresholds --rule imbalance --threshold 0:0.9:0.1 --taker-fee-bps 5 --choose-on 0.5
mkdir "$scratch/days"
for symbol in XBTUSD ETHUSD; do cp "$books" "$scratch/days/${symbol}_20260101.txt.zst"; done
books=$scratch/days
page symbols --rule imbalance --levels 1,5 --threshold 0.3 --taker-fee-bps 5
export HOME="$scratch" TMPDIR="$scratch"
cd "$scratch"
/usr/bin/python3 "$here/check_report.py" --glance \
  backtest.html inverse.html touch.html two_runs.html heat_map.html thresholds.html symbols.html
