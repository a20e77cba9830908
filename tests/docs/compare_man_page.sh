#!/usr/bin/env bash
# A man page has the options of --help under the same headings, all sections, and no formatting
# error.
#   compare_man_page.sh TOOL MAN_PAGE
set -euo pipefail
tool=$1
page=$2

# "[Output] --out" for each option of each line "[Output] -o, --out FILE".
options() {
  awk '{
    group = $0; sub(/\].*/, "]", group)
    count = split(substr($0, length(group) + 1), words, /[ ,]+/)
    for (i = 1; i <= count; ++i) if (words[i] ~ /^--?[a-z]/) print group, words[i] }' | sort -u
}
from_help=$("$tool" --help | sed '/^Examples:/,$d' | awk '
  /^[A-Z][a-z ]*:$/ { group = "[" substr($0, 1, length($0) - 1) "]" }
  /^  -/ { sub(/^ */, ""); sub(/  .*/, ""); print group, $0 }' | options)
from_page=$(sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "$page" |
  sed -E 's/\\-/-/g; s/\\f[BIR]//g; s/"//g' | awk '
  /^\.SS / { group = "[" substr($0, 5) "]" }
  tag { print group, $0 }
  { tag = /^\.TP/ }' | options)
diff -u --label "--help of $(basename "$tool")" --label "$page" \
  <(echo "$from_help") <(echo "$from_page")

for heading in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" FILES EXAMPLES; do
  grep -qE "^\.SH \"?$heading\"?\$" "$page" || {
    echo "$page: expected the heading $heading" >&2
    exit 1
  }
done

# Names that --help lists, of venues and of faults, stand in the page, too.
listed() { # OPTION
  "$tool" --help | awk -v option="$1" '
    /^($|[^ ])/ { is_on = 0 }
    /^  -/ { is_on = $0 ~ "^ *" option "[ ,]" }
    is_on { text = text " " $0 }
    END { sub(/\(default.*/, "", text); sub(/.*(: |one of )/, "", text); print text }' |
    grep -oE '[a-z]+([-_][a-z]+)*' || true
}
text=$(sed -E 's/\\-/-/g' "$page")
for name in $(listed --venue) $(listed --fault); do
  grep -qwF -- "$name" <<<"$text" || {
    echo "$page: expected $name, which --help lists" >&2
    exit 1
  }
done
