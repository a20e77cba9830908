#!/usr/bin/env bash
# Lets pandas read what each tool writes, and compares it with what must be there.
#   read_outputs.sh BIN_FOLDER
set -euo pipefail
/usr/bin/python3 -c 'import pandas' 2>/dev/null || {
  echo "skipped: no pandas (scripts/setup --python, or Debian: python3-pandas)"
  exit 77
}
bin=$(realpath "$1")
tests=$(dirname "$(realpath "$0")")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_python.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
PATH="$bin:$PATH" LC_ALL=C TZ=Asia/Kolkata /usr/bin/python3 -B "$tests/read_outputs.py"
