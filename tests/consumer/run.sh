#!/usr/bin/env bash
# Installs obkit into a scratch folder and builds and runs tests/consumer against it.
#   run.sh BUILD_FOLDER SOURCE_FOLDER [-D… for the consumer]
set -euo pipefail
build=$1
source=$2
shift 2
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_consumer.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --prefix "$scratch/prefix" >"$scratch/install.log"
cmake -S "$source/tests/consumer" -B "$scratch/build" -G Ninja \
  -DCMAKE_PREFIX_PATH="$scratch/prefix" "$@" >"$scratch/configure.log"
cmake --build "$scratch/build"

book='{"date":20260101,"time":0,"prices":[1,2,3,4],"volumes":[1,3,1,1]}'
echo "$book" >"$scratch/X_20260101.txt"
answer=$("$scratch/build/consumer" "$scratch/X_20260101.txt")
[[ "$answer" == 0.333333 ]] || { echo "expected 0.333333, found $answer" >&2; exit 1; }

# Two libraries that need nothing but a compiler: every package that others need is not to be had.
absent=()
for package in Boost CLI11 Eigen3 HDF5 ONNX OpenSSL PkgConfig Protobuf ZLIB fmt nlohmann_json \
  simdjson spdlog zstd; do
  absent+=("-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON")
done
cmake -S "$source/tests/consumer/book" -B "$scratch/book" -G Ninja \
  -DCMAKE_PREFIX_PATH="$scratch/prefix" "${absent[@]}" "$@" >"$scratch/configure.log"
cmake --build "$scratch/book"
answer=$("$scratch/book/book_consumer")
[[ "$answer" == 100 ]] || { echo "expected 100, found $answer" >&2; exit 1; }
