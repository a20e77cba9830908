#!/usr/bin/env bash
# A shell completes the command line of a tool as its --help says: all options, all choices, and
# where they are asked for, files, folders, venues and the symbols of day-files.
#   check_completion.sh bash|zsh|fish TOOL
# Exit 77: the shell is not installed.
set -euo pipefail
shell=$1
tool=$(realpath "$2")
here=$(realpath "$(dirname "$0")")
name=$(basename "$tool")
command -v "$shell" >/dev/null || {
  echo "$shell is not installed (scripts/setup --package)"
  exit 77
}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_completion.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/here" "$scratch/scripts"
"$tool" --print-completion "$shell" >"$scratch/scripts/_$name"
cd "$scratch/here"
mkdir books empty
touch books/BTC-PERPETUAL_20260101.txt books/BTCUSD_PERP_20260102.txt.zst ETHUSD_20260101.txt \
  books/BTC-PERPETUAL_20260101.manifest.json ca.pem

offered() { # WORD...: what the shell offers for the last of them
  case $shell in
    bash)
      # shellcheck disable=SC2016  # for the other bash
      bash --norc -c 'source "$1"; name=$2; shift 2
        COMP_WORDS=("$name" "$@") COMP_CWORD=$#
        "$(complete -p "$name" | sed "s/.*-F \([^ ]*\) .*/\1/")"
        printf "%s\n" "${COMPREPLY[@]}"' - "$scratch/scripts/_$name" "$name" "$@"
      ;;
    zsh) zsh -f "$here/offered_by.zsh" "$scratch/scripts" "$name $*" ;;
    fish)
      # shellcheck disable=SC2016  # for fish
      fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$scratch/scripts/_$name" \
        "$name $*" | cut -f 1
      ;;
  esac | sed 's/[=/ ]$//' | grep . | sort -u
}
failures=0
expect() { # WHAT EXPECTED WORD...: lines, in any order
  local what=$1 expected=$2 actual
  shift 2
  actual=$(offered "$@" || true)
  diff -u --label "$name $*: expected" --label "$name $*: $what" \
    <(sort -u <<<"$expected") <(echo "$actual") || failures=$((failures + 1))
}

help=$("$tool" --help | sed '/^Examples:/,$d' | grep -E '^  -')
names=$(sed 's/  *[A-Z{].*//; s/   .*//' <<<"$help" | grep -oE -- '--[a-z][a-z0-9-]*')
expect "all options" "$names" --
while read -r option choices; do
  expect "its choices" "${choices//,/$'\n'}" "$option" ""
done < <(sed -nE 's/^ .*(--[a-z-]+) \{([^}]*)\}.*/\1 \2/p' <<<"$help")

symbols=$'BTC-PERPETUAL\nBTCUSD_PERP\nETHUSD'
case $name in
  obsave)
    expect "venues" $'bybit-linear\nbybit-spot\nbybit-inverse' --venue bybit
    expect "folders" $'books\nempty' -o ""
    expect "files and folders" $'books\nca.pem\nempty\nETHUSD_20260101.txt' --replay ""
    expect "words" $'change\nevent\nmessage' --every ""
    expect "nothing" "" --depth ""
    expect "symbols" "$symbols" -o books -s ""
    expect "symbols" $'BTC-PERPETUAL\nBTCUSD_PERP' -o books --symbol BTC
    ;;
  obdataset)
    expect "files and folders" $'books\nca.pem\nempty\nETHUSD_20260101.txt' ""
    expect "rules" $'every\nhorizon\nmean\nnext\nnone' --label ""
    ;;
  obsignal | obbacktest)
    expect "files and folders" $'books\nca.pem\nempty\nETHUSD_20260101.txt' --model ""
    expect "symbols" "$symbols" books --symbol ""
    expect "files behind a flag" "ca.pem" --invert c
    ;;
  obtrain)
    expect "files and folders" $'books\nca.pem\nempty\nETHUSD_20260101.txt' ca.pem --test ""
    expect "more of them" "ca.pem" --test books c
    ;;
  obexchange) expect "venues" $'kraken\nkraken-futures' --venue kr ;;
esac
if [[ $shell == bash && $name == obsave ]]; then # bash divides words at '='
  expect "venues" "okx" --venue = ok
  expect "folders" $'books\nempty' --out =
fi
exit $((failures > 0))
