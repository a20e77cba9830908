# What an interactive zsh offers for the last word of LINE, a line each.
#   zsh -f offered_by.zsh FOLDER_OF_COMPLETIONS LINE
zmodload zsh/zpty
setup=$(mktemp)
trap 'rm -f $setup' EXIT
cat >$setup <<'SETUP'
PROMPT=
autoload -Uz compinit
compinit -u -D
zstyle ':completion:*' insert-tab false
# Tells what is offered. What is asked for inside is only done.
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  local hit
  for hit in $hits; do print -r -- "<$hit>"; done
  builtin compadd "$@"  # _files counts: it looks for files where there are no folders
}
finish() {
  print -r -- '<end>'
  exit
}
comppostfuncs=(finish)
bindkey '^I' complete-word
print '<ready>'
SETUP
zpty offering zsh -f -i
zpty -w offering "fpath=(${(q)1} \$fpath); source ${(q)setup}"
zpty -r offering line $'*<ready>\r*'
zpty -w -n offering "$2"$'\t'
zpty -r offering all $'*<end>*'
zpty -d offering
for line in ${(f)all}; do
  [[ $line =~ '<(.*)>' && $match[1] != end ]] && print -r -- $match[1]
done
exit 0
