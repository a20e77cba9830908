#!/usr/bin/env bash
# run.sh PROGRAM [OPTION]...: with --folder, a new one that is removed afterwards.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$@" --folder "$scratch"
