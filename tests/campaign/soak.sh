#!/usr/bin/env bash
# soak.sh BIN_FOLDER MINUTES [EXCHANGE_OPTION]...: records the synthetic market by wss, 300 frames a
# second, and says what it took: share of a core, resident memory, and how long a frame took to its
# file, by the recorder's own metrics.
#
#   tests/campaign/soak.sh build/release/bin 30                     # at its real rate
#   tests/campaign/soak.sh build/release/bin 6 --rate 1 --speed 1800 --duration 604800
#                                                # a week in 5.6 minutes: seven midnights
set -euo pipefail
bin=$(realpath "$1")
minutes=$2
shift 2
[[ $# -gt 0 ]] || set -- --rate 292
scratch=$(mktemp -d)
exchange='' recorder=''
stop() {
  [[ -z "$recorder" ]] || kill "$recorder" 2>/dev/null || true
  [[ -z "$exchange" ]] || kill "$exchange" 2>/dev/null || true
  rm -rf "$scratch"
}
trap stop EXIT
cd "$scratch"

"$bin/obexchange" --quiet --ca-file ca.pem --start "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$@" >address &
exchange=$!
until [[ -s address ]]; do sleep 0.1; done
url=$(sed -E 's/.*"url":"([^"]*)".*/\1/' address)
"$bin/obsave" --url "$url" --ca-file ca.pem -o books --metrics 127.0.0.1:0 2>log &
recorder=$!
until grep -q 'metrics at port' log && grep -q recording log; do sleep 0.1; done
port=$(sed -nE 's/.*metrics at port ([0-9]+)/\1/p' log)

metrics() {
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
  cat <&3
  exec 3>&-
}
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$recorder/stat"; }
resident_kib() { awk '/VmRSS/ { print $2 }' "/proc/$recorder/status"; }

sleep 10
begin=$(date +%s.%N) ticks=$(cpu_ticks) resident=$(resident_kib)
end=$((SECONDS + minutes * 60))
while ((SECONDS < end)) && kill -0 "$recorder" 2>/dev/null; do
  sleep 5
  kill -0 "$recorder" 2>/dev/null || break
  last=$(date +%s.%N) last_ticks=$(cpu_ticks) last_resident=$(resident_kib)
  metrics >last_metrics || break
done
[[ -z "$recorder" ]] || kill "$recorder" 2>/dev/null || true
wait "$recorder" || true
recorder=''

awk -v begin="$begin" -v last="$last" -v ticks="$((last_ticks - ticks))" \
  -v hertz="$(getconf CLK_TCK)" -v first="$resident" -v final="$last_resident" '
  /^obsave_frames_total/ { frames = $2 }
  /^obsave_books_total/ { books = $2 }
  /^obsave_gaps_total/ { gaps = $2 }
  /^obsave_frame_to_file_seconds_bucket/ {
    split($0, part, "\"")
    bound[++n] = part[2]
    count[n] = $2
  }
  /^obsave_frame_to_file_seconds_max/ { longest = $2 }
  END {
    for (i = 1; i <= n; ++i) {
      if (!half && count[i] >= 0.5 * count[n]) half = bound[i]
      if (!most && count[i] >= 0.99 * count[n]) most = bound[i]
    }
    seconds = last - begin
    printf "%.0f s: %d frames, %d books, %d gaps; ", seconds, frames, books, gaps
    printf "%.2f %% of a core; resident %.1f MiB, then %.1f MiB\n",
      100 * ticks / hertz / seconds, first / 1024, final / 1024
    printf "frame to file: half within %g us, 99 %% within %g us, the longest %.0f us\n",
      half * 1e6, most * 1e6, longest * 1e6
  }' last_metrics
tail -n 1 log
"$bin/obsave" --verify books
