#!/usr/bin/env bash
# run_kill.sh OBKILL OBSAVE KILLS [OPTION]...: in a folder of its own, which is removed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
obkill=$1 obsave=$2 kills=$3
shift 3
"$obkill" --obsave "$obsave" --folder "$scratch" --kills "$kills" ${1+"$@"}
