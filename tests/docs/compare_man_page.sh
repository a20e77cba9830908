#!/usr/bin/env bash
# A man page names the same long options as --help, has all headings, and no formatting error.
#   compare_man_page.sh TOOL MAN_PAGE
set -euo pipefail
tool=$1
page=$2

options() { grep -oE -- '(^|[^a-z-])--[a-z][a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u; }
# Options of other tools may be named in the examples: only the sections before them count.
from_help=$("$tool" --help | sed '/^Examples:/,$d' | options)
from_page=$(sed -e '/^\.SH EXAMPLES/,$d' -e 's/\\-/-/g' -e 's/\\f[BIR]//g' "$page" | options)
diff -u --label "--help of $(basename "$tool")" --label "$page" \
  <(echo "$from_help") <(echo "$from_page")

for heading in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" FILES EXAMPLES; do
  grep -qE "^\.SH \"?$heading\"?\$" "$page" || {
    echo "$page: expected the heading $heading" >&2
    exit 1
  }
done

# groff, where it is installed, complains about macros that it does not know.
if command -v groff >/dev/null; then
  complaints=$(groff -man -Tutf8 -ww "$page" 2>&1 >/dev/null)
  [[ -z "$complaints" ]] || { echo "$complaints" >&2; exit 1; }
fi
