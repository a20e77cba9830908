#!/usr/bin/env bash
# Builds and runs tests/consumer against an installed obkit.
#   build.sh SOURCE_FOLDER PREFIX SCRATCH_FOLDER [-D… for the consumer]
set -euo pipefail
source=$1
prefix=$2
scratch=$3
shift 3

cmake -S "$source/tests/consumer" -B "$scratch/build" -G Ninja \
  -DCMAKE_PREFIX_PATH="$prefix" "$@" >"$scratch/configure.log"
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
  -DCMAKE_PREFIX_PATH="$prefix" "${absent[@]}" "$@" >"$scratch/configure.log"
cmake --build "$scratch/book"
answer=$("$scratch/book/book_consumer")
[[ "$answer" == 100 ]] || { echo "expected 100, found $answer" >&2; exit 1; }
