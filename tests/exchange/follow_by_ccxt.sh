#!/usr/bin/env bash
# Lets ccxt follow a simulated exchange. Each book that it sees must be the true one of a frame,
# frame after frame.
#   follow_by_ccxt.sh OBEXCHANGE NODE_MODULES VENUE SYMBOL
# OBKIT_NODE_MODULES names another folder of node's modules. Exits with 77 where there is no node
# or no ccxt (scripts/test fetches it).
set -euo pipefail
program=$1 ccxt=${OBKIT_NODE_MODULES:-$2}/ccxt venue=$3 symbol=$4
if ! command -v node >/dev/null || [[ ! -d "$ccxt" ]]; then
  echo "ccxt is not installed: skipped"
  exit 77
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_ccxt.XXXXXX")
exchange=
finish() {
  [[ -z "$exchange" ]] || kill "$exchange" 2>/dev/null || true
  rm -rf "$scratch"
}
trap finish EXIT

mkfifo "$scratch/listening"
"$program" --quiet --venue "$venue" --symbol "$symbol" --speed 5 --truth "$scratch/truth.csv" \
  --ca-file "$scratch/ca.pem" >"$scratch/listening" &
exchange=$!
read -r listening <"$scratch/listening" # {"url":"wss://…","ca_file":"…"}
url=${listening#*\"url\":\"}
url=${url%%\"*}
readonly books=200
NODE_EXTRA_CA_CERTS="$scratch/ca.pem" timeout 60 node "$(dirname "$0")/follow_by_ccxt.mjs" \
  "$ccxt" "$venue" "$url" "$symbol" "$books" >"$scratch/seen"
kill "$exchange"
wait "$exchange" || true # it writes the truth at its end
exchange=
awk -F, -v venue="$venue" -v books="$books" '
  NR == FNR { seen[NR] = $1; next }
  FNR == 1 { for (i = 1; i <= NF; ++i) if ($i == "crc32_top100") column = i; at = 1; next }
  { ++frames; while (at in seen && $column == seen[at]) ++at } # a snapshot repeats its change
  END {
    printf "%d books of %s seen, %d true ones in order, of %d frames\n", length(seen), venue,
           at - 1, frames
    exit length(seen) == books && at > books ? 0 : 1
  }' "$scratch/seen" "$scratch/truth.csv"
