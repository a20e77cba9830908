#compdef {TOOL}
# Completion of {TOOL} for zsh. Made by: {TOOL} --print-completion zsh
{SYMBOLS}
_{TOOL}_symbol() {
  setopt local_options null_glob
  local -a symbols
  symbols=(${(f)"$(_{TOOL}_symbols ${(Q)words[2,-1]})"})
  compadd -a symbols
}
_{TOOL}() {
  _arguments -s -S{ARGUMENTS}
}
_{TOOL} "$@"
