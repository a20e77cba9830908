#!/usr/bin/env bash
# many.sh BIN_FOLDER VENUE SYMBOLS SECONDS [EXCHANGE_OPTION]...: records so many symbols of the
# synthetic market in one process, and says what it takes: share of a core, resident memory, and
# descriptors, from the moment at which each symbol has a book.
#
#   tests/campaign/many.sh build/release/bin binance-usdm 100 60 --rate 20
set -euo pipefail
bin=$(realpath "$1")
venue=$2 symbols=$3 seconds=$4
shift 4
scratch=$(mktemp -d)
exchange='' recorder=''
stop() {
  [[ -z "$recorder" ]] || kill "$recorder" 2>/dev/null || true
  [[ -z "$exchange" ]] || kill "$exchange" 2>/dev/null || true
  rm -rf "$scratch"
}
trap stop EXIT
cd "$scratch"

mapfile -t names < <(seq -f 'S%05.0fUSDT' "$symbols")
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
"$bin/obexchange" --quiet --venue "$venue" --ca-file ca.pem --start "$now" \
  "${names[@]/#/--symbol=}" "$@" >address &
exchange=$!
until [[ -s address ]]; do sleep 0.1; done
url=$(sed -E 's/.*"url":"([^"]*)".*/\1/' address)
begin=$(date +%s.%N)
"$bin/obsave" --venue "$venue" --url "$url" --ca-file ca.pem -o books \
  "${names[@]/#/--symbol=}" 2>log &
recorder=$!
books() { find books -name '*.txt' -size +0 2>/dev/null | wc -l; }
until (($(books) == symbols)); do
  kill -0 "$recorder" 2>/dev/null || { cat log >&2; exit 1; }
  sleep 0.2
done
printf '%s: %d symbols have their books after %.0f s\n' "$venue" "$symbols" \
  "$(awk "BEGIN { print $(date +%s.%N) - $begin }")"

cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$recorder/stat"; }
lines() { find books -name '*.txt' -exec cat {} + | wc -l; }
begin=$(date +%s.%N) ticks=$(cpu_ticks) before=$(lines)
sleep "$seconds"
ticks=$(($(cpu_ticks) - ticks)) last=$(date +%s.%N) descriptors=(/proc/"$recorder"/fd/*)
awk -v seconds="$(awk "BEGIN { print $last - $begin }")" -v ticks="$ticks" \
  -v hertz="$(getconf CLK_TCK)" -v lines="$(($(lines) - before))" \
  -v descriptors="${#descriptors[@]}" '
  /VmRSS/ { resident = $2 / 1024 }
  /VmHWM/ { most = $2 / 1024 }
  END {
    printf "%.0f s: %.0f books a second, %.2f %% of a core, ", seconds, lines / seconds,
      100 * ticks / hertz / seconds
    printf "%.1f MiB resident (at most %.1f), %d descriptors\n", resident, most, descriptors
  }' "/proc/$recorder/status"
kill "$recorder"
wait "$recorder" || true
recorder=''
tail -n 1 log
"$bin/obsave" --verify books | tail -n 1
