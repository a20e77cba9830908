#!/usr/bin/env bash
# mandoc and groff, as far as they are installed, have nothing to say against a man page.
#   lint_man_page.sh MAN_PAGE
# Exit 77: neither is there.
set -euo pipefail
page=$1
found=no
complaints=
if command -v mandoc >/dev/null; then
  found=yes
  complaints+=$(mandoc -T lint -W warning "$page" || true)
fi
if command -v groff >/dev/null; then
  found=yes
  complaints+=$(groff -K utf8 -man -Tutf8 -ww "$page" 2>&1 >/dev/null)
fi
# Nothing of Markdown is left.
complaints+=$(grep -nF '**' "$page" || true)
[[ $found == yes ]] || {
  echo "neither mandoc nor groff is installed (scripts/setup --package)"
  exit 77
}
[[ -z "$complaints" ]] || {
  echo "$complaints" >&2
  exit 1
}
