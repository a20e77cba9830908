#!/usr/bin/env bash
# Runs the demo with a small market and looks at what it made.
#   run_demo.sh DEMO_SCRIPT BIN_FOLDER
set -euo pipefail
demo=$1
bin=$2
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_demo.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "$1" >&2
  cat "$scratch/log" >&2
  exit 1
}

export OBKIT_BIN=$bin OBKIT_DEMO_SECONDS=900
"$demo" "$scratch/demo" >"$scratch/log" 2>&1 || fail "the demo ended with status $?"
cd "$scratch/demo"
first_day=books/XBTUSD_20260101.txt
second_day=books/XBTUSD_20260102.txt
for file in "$first_day" "$second_day" first_day.ds model.json signals.txt; do
  [[ -s $file ]] || fail "$file is missing or empty"
done
grep -q SYNTHETIC "$scratch/log" || fail "the demo does not say that the market is synthetic"
# Live: only changes, so no two signals in a row are alike, and the first book always has one.
[[ -s live_signals.txt ]] || fail "no signal came through the live pipe"
cut -d ' ' -f 2 live_signals.txt | uniq -d | grep -q . &&
  fail "a live signal was printed that is no change"
grep -q 'obsave .* -o - | obsignal' "$scratch/log" || fail "the demo does not show the live pipe"
# One signal a book; a recording without a gap; the two fills trade on the same signals.
[[ $(wc -l <signals.txt) -eq $(wc -l <"$second_day") ]] ||
  fail "signals and books differ in number"
[[ $(wc -l <trades_taker.jsonl) -eq $(wc -l <trades_touch.jsonl) ]] ||
  fail "the fills differ in number of trades"
! grep -q '"gap":true' books/*.txt || fail "the recording has a gap"
"$demo" "$scratch" >"$scratch/log" 2>&1 && fail "the demo replaced a folder that is not its own"
[[ -d "$scratch/demo" ]] || fail "the demo removed a folder that is not its own"
