#!/usr/bin/env bash
# Alerts and dashboard use only metrics that a real recording serves, with the labels that it has.
#   check_metric_names.sh BIN_FOLDER PACKAGING_FOLDER
set -euo pipefail
bin=$1
packaging=$2
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_names.XXXXXX")
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

# A market of now, so that it has a lag. One connection is dropped, so that reasons are there, too.
mkfifo listening
"$bin/obexchange" --ca-file ca.pem --start "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --speed 1 --rate 200 \
  --drop-after 500 >listening 2>/dev/null &
exchange=$!
read -r told <listening
url=$(sed -E 's/.*"url":"([^"]*)".*/\1/' <<<"$told")
: >log
"$bin/obsave" --venue bitmex --url "$url" --ca-file ca.pem -o books --trades \
  --metrics 127.0.0.1:0 2>>log &
recorder=$!
/usr/bin/python3 "$here/check_metric_names.py" log "$packaging"/prometheus/obkit.rules.yml \
  "$packaging"/grafana/obsave.json
