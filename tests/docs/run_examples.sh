#!/usr/bin/env bash
# Runs every command of the ```console blocks of a document, and compares what it prints with what
# the document says.
#   run_examples.sh DOCUMENT BIN_FOLDER DATA_FOLDER
# A block has `$ command` lines and what they print, standard error included. A command whose line
# ends with \ continues in the next. All blocks of a document run in one scratch folder, in which
# `data` is the repository's folder. A line `…` in the
# document stands for any number of lines. OBKIT_SHOW=1 prints what is, to paste it.
set -uo pipefail

document=$(realpath "$1")
bin=$(realpath "$2")
data=$(realpath "$3")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_examples.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/here"
ln -s "$data" "$scratch/here/data"
cd "$scratch/here" || exit 70
export PATH="$bin:$PATH" LC_ALL=C NO_COLOR=1 TZ=UTC

commands=0
failures=0

run_command() {
  commands=$((commands + 1))
  bash -c "$command" >"$scratch/actual" 2>&1 </dev/null
  [[ "${OBKIT_SHOW:-0}" == 1 ]] && { echo "\$ $command"; cat "$scratch/actual"; }
  # Each … matches any lines: the expected text becomes a regular expression.
  if ! awk '
      function quoted(text) { gsub(/[][\\.^$*+?(){}|]/, "\\\\&", text); return text }
      FNR == NR { pattern = pattern ($0 == "…" ? "(.*\n)?" : quoted($0) "\n"); next }
      { text = text $0 "\n" }
      END { exit text ~ ("^" pattern "$") ? 0 : 1 }' "$scratch/expected" "$scratch/actual" ||
    { [[ ! -s "$scratch/expected" ]] && [[ -s "$scratch/actual" ]]; }; then
    echo "$(basename "$document"): \$ $command"
    diff -u --label document "$scratch/expected" --label actual "$scratch/actual"
    failures=$((failures + 1))
  fi
}

in_block=0
command=""
: >"$scratch/expected"
while IFS= read -r line; do
  if [[ $in_block -eq 0 ]]; then
    [[ "$line" == '```console' ]] && in_block=1
    continue
  fi
  if [[ "$line" == '$ '* || "$line" == '```' ]]; then
    [[ -n "$command" ]] && run_command
    command=""
    : >"$scratch/expected"
  fi
  if [[ "$line" == '```' ]]; then
    in_block=0
  elif [[ "$line" == '$ '* ]]; then
    command=${line#'$ '}
  elif [[ "$command" == *\\ ]]; then
    command="${command%\\}${line#"${line%%[![:space:]]*}"}"
  else
    printf '%s\n' "$line" >>"$scratch/expected"
  fi
done <"$document"

[[ $commands -gt 0 ]] || { echo "$document: no command found" >&2; exit 1; }
echo "$commands commands, $failures failures"
[[ $failures -eq 0 ]]
