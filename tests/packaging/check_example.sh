#!/usr/bin/env bash
# The options of the unit's example are options of obsave, and the unit reads the variable.
#   check_example.sh BIN_FOLDER PACKAGING_FOLDER
set -euo pipefail
bin=$1
packaging=$2
options=$(sed -n 's/^OBSAVE_OPTIONS=//p' "$packaging/obsave-example.env")
grep -q "ExecStart=.* \$OBSAVE_OPTIONS" "$packaging/obsave@.service"
[[ -n "$options" ]]
# Each option stands in the help (read whole: whoever stops before makes obsave fail), and together
# they are refused for one reason alone: --list.
read -ra words <<<"$options"
help=$("$bin/obsave" --help)
for word in "${words[@]}"; do
  [[ "$word" != --* ]] || grep -q -- "$word" <<<"$help" || {
    echo "check_example.sh: obsave has no option $word"
    exit 1
  }
done
code=0
told=$("$bin/obsave" -o unused "${words[@]}" --list 2>&1) || code=$?
[[ "$code" == 64 && "$told" == *--list* ]] || {
  echo "check_example.sh: expected that --list alone is refused, found: $told"
  exit 1
}
# Every assignment that is commented out is a variable that obsave reads.
while read -r name; do
  grep -q "$name" "$packaging/../docs/man/obsave.1"
done < <(sed -n 's/^#\([A-Z_]*\)=.*/\1/p' "$packaging/obsave-example.env")
