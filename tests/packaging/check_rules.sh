#!/usr/bin/env bash
# The alerts for Prometheus fire when they should: promtool runs rules_test.yml.
#   check_rules.sh RULES_FILE
# Exits with 77 where promtool (Debian's prometheus) is missing.
set -euo pipefail
if ! command -v promtool >/dev/null; then
  echo "skipped: promtool is not installed"
  exit 77
fi
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_rules.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cp "$1" "$here/rules_test.yml" "$scratch/"
cd "$scratch"
promtool check rules obkit.rules.yml
promtool test rules rules_test.yml
# A rule that never fires in the test is one that nobody looked at.
while read -r alert; do
  grep -q "alertname: $alert\$" rules_test.yml || {
    echo "check_rules.sh: no test of $alert"
    exit 1
  }
done < <(sed -n 's/.*- alert: //p' obkit.rules.yml)
