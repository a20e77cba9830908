#!/usr/bin/env bash
# Looks with a browser at the live page of a recording of the simulated exchange, while other
# readers are stuck.
#   look_at_live.sh BIN_FOLDER
# Exits with 77 where there is no browser.
set -euo pipefail
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_live.XXXXXX")
exchange=
recorder=
finish() {
  [[ -z "$recorder" ]] || kill "$recorder" 2>/dev/null || true
  [[ -z "$exchange" ]] || kill "$exchange" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$scratch"
}
trap finish EXIT
cd "$scratch"

# A connection is lost now and then, so that there are gaps.
mkfifo listening
"$bin/obexchange" --ca-file ca.pem --symbol XBTUSD --symbol ETHUSD --speed 1 --rate 100 \
  --drop-after 2000 >listening 2>/dev/null &
exchange=$!
read -r told <listening
url=$(sed -E 's/.*"url":"([^"]*)".*/\1/' <<<"$told")
: >log
"$bin/obsave" --venue bitmex --url "$url" --ca-file ca.pem -s XBTUSD -s ETHUSD -o books --trades \
  --metrics 127.0.0.1:0 2>>log &
recorder=$!
export HOME="$scratch" TMPDIR="$scratch" PYTHONDONTWRITEBYTECODE=1
/usr/bin/python3 "$here/check_live.py" log books
kill -TERM "$recorder"
wait "$recorder"
recorder=
"$bin/obsave" --verify books # nothing of it cost a book
