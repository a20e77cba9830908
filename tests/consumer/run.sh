#!/usr/bin/env bash
# Installs obkit into a scratch folder, looks at the documents there, and builds and runs
# tests/consumer against it.
#   run.sh BUILD_FOLDER SOURCE_FOLDER [-D… for the consumer]
set -euo pipefail
build=$1
source=$2
shift 2
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_consumer.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --prefix "$scratch/prefix" >"$scratch/install.log"
/usr/bin/python3 -B "$source/tests/docs/check_links.py" "$scratch/prefix/share/doc/obkit"
"$source/tests/consumer/build.sh" "$source" "$scratch/prefix" "$scratch" "$@"
