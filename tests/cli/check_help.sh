#!/usr/bin/env bash
# --help of a tool fits 100 columns. Its options stand in groups that all tools share, and values,
# ranges and defaults have one form: "-j, --jobs N  (1 to 9; default: 5)".
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

# Only the options: examples and what stands around them are free text.
options=$(awk '/^[A-Z][a-z ]*:$/ { is_group = 1 } /^$/ { is_group = 0 } is_group' <<<"$help" |
  sed '/^Examples:/,$d')
readonly groups='Input|Exchange|Books|Labels|Model|Training|Validation|Fills|Exits|Costs|Output'
readonly other_groups='Market|Server|Faults|Other work|General'
strange=$(grep -E '^[A-Z]' <<<"$options" | grep -vxE "($groups|$other_groups):" || true)
[[ -z "$strange" ]] || complain "a group that no other tool has" "$strange"
last=$(grep -E '^[A-Z]' <<<"$options" | tail -n 1)
[[ "$last" == General: ]] || complain "the last group is not General" "$last"
general=$(sed -n '/^General:/,$p' <<<"$options")
for name in --help --version --quiet --verbose; do
  grep -qE -- "^  .*$name( |\$)" <<<"$general" ||
    complain "General lacks" "$name"
done

forbid() {
  local found
  found=$(grep -nE -- "$2" <<<"$options") || return 0
  complain "$1" "$found"
}
forbid "a default in brackets" '\[[^]=]*\]'
forbid "a default that is not '(default: …)'" '\(default\)|default is|^ .* [A-Z]+=[^ ]'
forbid "what CLI11 says of an option" 'Excludes:|REQUIRED|TEXT|INT:| in \['
# One word for one thing, in all tools.
forbid "a folder, a file, a number or seconds by another word" \
  '^  -[^ ]*(, --[^ ]*)? (FOLDER|PATH|DIRECTORY|PEM|INT|UINT|FLOAT|SECONDS|COUNT)( |$)'
if grep -qE -- '--symbol' <<<"$options"; then
  grep -qE -- '^  -s, --symbol SYMBOL' <<<"$options" || complain "a symbol is" "-s, --symbol SYMBOL"
fi
grep -qF '(default: ' <<<"$options" || grep -qF '; default: ' <<<"$options" ||
  complain "no default" "$options"
exit $failed
