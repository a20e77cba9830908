#!/usr/bin/env bash
# Looks the Containerfile over: its words, its base, its user, and its shell by shellcheck. Where a
# builder and the base image are there already, it is built and its tool is run.
#   check_containerfile.sh SOURCE_FOLDER
set -euo pipefail
source=$1
file=$source/packaging/Containerfile
fail() {
  echo "check_containerfile.sh: $file: $*" >&2
  exit 1
}

# One logical line each, without comments.
lines=$(sed -e '/^ *#/d' "$file" | sed -e ':a' -e '/\\$/N' -e 's/\\\n */ /' -e 'ta')
unknown=$(grep -vE '^(FROM|WORKDIR|COPY|RUN|USER|STOPSIGNAL|EXPOSE|CMD|)( |$)' <<<"$lines" || true)
[[ -z "$unknown" ]] || fail "expected instructions, found '$unknown'"
[[ $(grep -c '^FROM debian:12-slim' <<<"$lines") == 2 ]] ||
  fail "expected two stages on debian:12-slim"
last_stage=$(sed -n '/^FROM debian:12-slim$/,$p' <<<"$lines")
user=$(sed -n 's/^USER //p' <<<"$last_stage" | tail -n 1)
[[ "$user" =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || fail "expected a user that is not root, found '$user'"
grep -q '^CMD \[' <<<"$last_stage" || fail "expected CMD as a list, so that signals reach the tool"
grep -qE '^RUN .*(wget|curl|git clone|ADD )' <<<"$lines" && fail "expected Debian's packages alone"
while read -r copied; do
  read -ra parts < <(sed -E 's/^COPY (--[^ ]* )?//; s/ [^ ]*$//' <<<"$copied")
  for part in "${parts[@]}"; do
    [[ "$copied" == *--from=* || -e "$source/$part" ]] || fail "there is no $part to copy"
  done
done < <(grep '^COPY' <<<"$lines")

if command -v shellcheck >/dev/null; then
  # shellcheck disable=SC2001
  { echo '#!/bin/sh' && echo 'set -e' && sed -n 's/^RUN //p' <<<"$lines"; } |
    shellcheck --shell=sh --exclude=SC1007 -
else
  echo "shellcheck is not installed: the shell of RUN was not looked at"
fi
release=$(sed -n 's/^VERSION_ID="\(.*\)"/\1/p' /etc/os-release)
if command -v apt-cache >/dev/null && [[ "$release" == 12 ]] &&
  compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then
  while read -r package; do
    apt-cache show "$package" >/dev/null 2>&1 || fail "Debian 12 has no package $package"
  done < <(grep -oE ' (ca-certificates|z?lib[a-z0-9.+-]+)' <<<"$last_stage" | sort -u)
fi

for builder in podman docker; do
  command -v "$builder" >/dev/null || continue
  "$builder" image inspect debian:12-slim >/dev/null 2>&1 || continue
  "$builder" build -t obkit-test -f "$file" "$source"
  "$builder" run --rm obkit-test obsave --version
  exit
done
if command -v buildah >/dev/null &&
  buildah inspect --type image debian:12-slim >/dev/null 2>&1; then
  buildah build -t obkit-test -f "$file" "$source"
  container=$(buildah from obkit-test)
  trap 'buildah rm "$container" >/dev/null' EXIT
  buildah run "$container" obsave --version
  exit
fi
echo "looked over; not built: no builder has debian:12-slim here"
