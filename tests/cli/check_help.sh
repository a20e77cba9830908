#!/usr/bin/env bash
# --help of a tool fits 100 columns. Ranges and defaults have one form: "(1 to 9; default: 5)".
#   check_help.sh TOOL
set -euo pipefail
tool=$1
help=$("$tool" --help)
failed=0
complain() {
  echo "$(basename "$tool") --help: $1:" >&2
  echo "$2" >&2
  failed=1
}
wide=$(LC_ALL=C.UTF-8 awk 'length($0) > 100' <<<"$help")
[[ -z "$wide" ]] || complain "wider than 100 columns" "$wide"

# Only the options: examples and what stands above them are free text.
options=$(sed -n '/^Options:/,$p' <<<"$help" | sed '/^Examples:/,$d')
forbid() {
  local found
  found=$(grep -nE -- "$2" <<<"$options") || return 0
  complain "$1" "$found"
}
forbid "a default in brackets" '\[[^]=]*\]'
forbid "a default that is not '(default: …)'" '\(default\)|default is|^ .* [A-Z]+=[^ ]'
forbid "what CLI11 says of an option" 'Excludes:|REQUIRED|TEXT:|INT:| in \['
grep -qF '(default: ' <<<"$options" || grep -qF '; default: ' <<<"$options" ||
  complain "no default" "$options"
exit $failed
