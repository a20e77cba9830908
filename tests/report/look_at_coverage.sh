#!/usr/bin/env bash
# Looks with a browser at the page of a verified folder, and holds it against what was printed.
#   look_at_coverage.sh BIN_FOLDER
# Exits with 77 where there is no browser.
set -euo pipefail
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_coverage.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# Two symbols over a midnight; three days later a day with a gap in the middle.
"$bin/obexchange" -q --symbol XBTUSD --symbol ETHUSD --start 2026-01-01T22:00:00Z --duration 7800 \
  --rate 2 --write-capture first.capture
"$bin/obsave" -q --replay first.capture --depth 20 -o books
for start in 10:00:00 15:30:00; do
  "$bin/obexchange" -q --start "2026-01-05T${start}Z" --duration 1800 --rate 2 \
    --overwrite --write-capture later.capture
  "$bin/obsave" -q --replay later.capture --depth 20 -o books
done
# A name that would be markup where it was not escaped, and a file that is damaged.
cp books/XBTUSD_20260105.txt 'books/<b>X&"_20260105.txt'
sed -i '9s/:/;/' books/ETHUSD_20260101.txt
code=0
"$bin/obsave" --verify books --report page.html >printed 2>/dev/null || code=$?
[[ "$code" == 65 ]] # the damaged file is wrong, and the page was written all the same
"$bin/obsave" --verify books --report page.html >/dev/null 2>&1 || code=$?
[[ "$code" == 73 ]] # it is there already
export HOME="$scratch" TMPDIR="$scratch" PYTHONDONTWRITEBYTECODE=1
/usr/bin/python3 "$here/check_report.py" --glance "$scratch/page.html"
/usr/bin/python3 "$here/check_coverage.py" "$scratch/page.html" "$scratch/printed"
