#!/usr/bin/env bash
# queue_truth.sh BIN_FOLDER SECONDS [OPTION]...: records a market by two venues, one that sends each
# event and one that sends them in batches of 100 ms, and holds the backtest's resting orders
# against the orders of that market. It prints a table. OPTIONs are those of obqueuetruth.
#
#   tests/exchange/queue_truth.sh build/release/bin 3600
set -euo pipefail
bin=$(realpath "$1")
seconds=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
market=(--seed 1 --rate 50)

# compare NAME VENUE SYMBOL EVERY [OPTION]...
compare() {
  "$bin/obexchange" -q "${market[@]}" --venue "$2" -s "$3" --duration "$seconds" --trades \
    --write-capture "$2.capture"
  "$bin/obsave" -q --replay "$2.capture" --trades --every "$4" --depth 40 -o "$2"
  "$bin/obqueuetruth" "${market[@]}" --name "$1" "$2/$3"_????????.txt --trades "$2" "${@:5}"
}

echo '| books | what is known | orders | filled | mean error | time to fill | mean error |'
echo '|---|---|---|---|---|---|---|'
compare 'every event' bitmex XBTUSD event "$@"
compare '100 ms' deribit BTC-PERPETUAL change "$@"
