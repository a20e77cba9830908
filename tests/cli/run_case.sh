#!/usr/bin/env bash
# Runs one command-line case and compares what it printed with what it should print.
#   run_case.sh CASE_FOLDER BIN_FOLDER DATA_FOLDER
# A case has `cmd` (bash), maybe `stdin`, and the expected `stdout`, `stderr`, `exit`. What is not
# there means empty, or 0. UPDATE_GOLDEN=1 rewrites the expected files. Exit 77: the case says (by
# exit 77) that it cannot run here.
set -uo pipefail

case_folder=$(realpath "$1")
bin=$(realpath "$2")
data=$(realpath "$3")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_case.XXXXXX")
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
mkdir "$scratch/work"

input=/dev/null
[[ -f "$case_folder/stdin" ]] && input="$case_folder/stdin"
(
  cd "$scratch/work" || exit 70
  export CASE="$case_folder" DATA="$data" PATH="$bin:$PATH" LC_ALL=C NO_COLOR=1 TZ=UTC
  bash -euo pipefail "$case_folder/cmd"
) <"$input" >"$scratch/stdout" 2>"$scratch/stderr"
code=$?
[[ $code -eq 77 ]] && exit 77

# Folders differ from machine to machine; the text names them by what they are.
# Newer simdjson puts the names of its errors (UNCLOSED_STRING) before their texts.
sed -i -e "s|$scratch/work|SCRATCH|g; s|$case_folder|CASE|g; s|$data|DATA|g" \
  -e 's/: [A-Z]\{1,\}_[A-Z_]*: /: /g' \
  "$scratch/stdout" "$scratch/stderr"
echo "$code" >"$scratch/exit"

failed=0
for stream in stdout stderr exit; do
  golden="$case_folder/$stream"
  if [[ "${UPDATE_GOLDEN:-0}" == 1 ]]; then
    if [[ ! -s "$scratch/$stream" || ($stream == exit && $code -eq 0) ]]; then
      rm -f "$golden"
    else
      cp "$scratch/$stream" "$golden"
    fi
    continue
  fi
  if [[ -f "$golden" ]]; then
    cp "$golden" "$scratch/expected"
  elif [[ $stream == exit ]]; then
    echo 0 >"$scratch/expected"
  else
    : >"$scratch/expected"
  fi
  diff -u --label "expected $stream" --label "actual $stream" \
    "$scratch/expected" "$scratch/$stream" || failed=1
done
exit $failed
