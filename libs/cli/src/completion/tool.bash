# Completion of {TOOL} for bash. Made by: {TOOL} --print-completion bash
{SYMBOLS}
_{TOOL}() {
  local current=${COMP_WORDS[COMP_CWORD]} option='' at=$((COMP_CWORD - 1)) values
  # The option whose value is typed: the last one before it, "--name value" or "--name=value".
  while ((at > 0)) && [[ ${COMP_WORDS[at]} != -?* ]]; do ((at--)); done
  if ((at > 0)); then
    option=${COMP_WORDS[at]}
    values=$((COMP_CWORD - at))
    if [[ ${COMP_WORDS[at + 1]} == = ]]; then
      ((values > 1)) && ((values--))
      [[ $current != = ]] || current=''
    fi
    [[ $values -eq 1 || " {SEVERAL} " == *" $option "* ]] || option=''
  fi
  COMPREPLY=()
  if [[ $current == -* && $current != - || $current == - && -z $option ]]; then
    mapfile -t COMPREPLY < <(compgen -W '{OPTIONS}' -- "$current")
    return
  fi
  case $option in
{CASES}    *) {POSITIONAL} ;;
  esac
}
_{TOOL}_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}
complete -F _{TOOL} {TOOL}
