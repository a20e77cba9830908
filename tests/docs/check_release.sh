#!/usr/bin/env bash
# scripts/release refuses what is no release, in a scratch clone.
#   check_release.sh REPOSITORY
# Exit 77: this is no clone of git.
set -euo pipefail
repository=$1
[[ -e $repository/.git ]] || exit 77
scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_release.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
git clone --quiet "$repository" "$scratch/clone" 2>/dev/null || exit 77
cd "$scratch/clone"
git tag | xargs -r git tag --delete >/dev/null
git config user.name tester
git config user.email tester@example.org
cp "$repository/scripts/release" scripts/release # as it is now, maybe not committed
git diff --quiet || git commit --quiet --all --message "The script as it is"

sed -i '1,/^project/ s/^project(obkit VERSION [0-9.]*/project(obkit VERSION 7.8.9/' CMakeLists.txt
sed -i '0,/^## .*/ s/^## .*/## 7.8.9, 2026-01-02/' CHANGELOG.md
cat >debian/changelog <<'LOG'
obkit (7.8.9) unstable; urgency=medium

  * A release.

 -- The obkit authors <obkit@example.org>  Fri, 02 Jan 2026 13:00:00 +0000
LOG
failures=0
expect() { # EXIT TEXT: of scripts/release --check
  local code=0 said
  said=$(scripts/release --check 2>&1) || code=$?
  [[ $code -eq $1 && $said == *"$2"* ]] && return
  echo "expected exit $1 and '$2', found exit $code and '$said'" >&2
  failures=$((failures + 1))
}
changed() { # FILE EXPRESSION: of sed, committed; undone by back
  sed -i "$2" "$1"
  git commit --quiet --all --message "A change"
}
back() { git reset --quiet --hard HEAD~1; }

expect 65 "the tree is not clean"
git commit --quiet --all --message "Version 7.8.9"
expect 0 "7.8.9 of 2026-01-02 may be made"
changed CHANGELOG.md 's/^## 7.8.9, 2026-01-02/## Unreleased/'
expect 65 "CHANGELOG.md begins with 'Unreleased'"
back
changed CHANGELOG.md 's/^## 7.8.9, 2026-01-02/## 7.8.9/'
expect 65 "has no date"
back
changed debian/changelog 's/(7.8.9)/(7.8.8)/'
expect 65 "debian/changelog begins with '7.8.8'"
back
changed debian/changelog 's/02 Jan/03 Jan/; s/Fri/Sat/'
expect 65 "CHANGELOG.md of 2026-01-02"
back
git tag v7.8.10
expect 65 "7.8.9 does not come after v7.8.10"
git tag --delete v7.8.10 >/dev/null
git tag v7.8.9
expect 65 "the tag v7.8.9 exists already"
exit $((failures > 0))
