#!/usr/bin/env bash
# Writes synthetic report pages and looks at them with a browser.
#   look_at_pages.sh SAMPLE_PROGRAM touch|glance NAME...
# Exits with 77 where there is no browser.
set -euo pipefail
program=$1
how=$2
shift 2
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_report.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

pages=()
for name in "$@"; do
  "$program" "$name" >"$scratch/$name.html"
  pages+=("$scratch/$name.html")
done
options=()
[[ "$how" == touch ]] || options=(--glance)
# What the browser leaves in its home, and in TMPDIR, goes too.
export HOME="$scratch" TMPDIR="$scratch"
/usr/bin/python3 "$(dirname "$0")/check_report.py" "${options[@]}" "${pages[@]}"
