_{TOOL}_symbols() {
  local word file
  for word in "$@" .; do
    [[ -d $word ]] || continue
    for file in "$word"/*_[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].txt*; do
      [[ -e $file ]] || continue
      file=${file##*/}
      echo "${file%_*}"
    done
  done | sort -u
}
