// The completion script for zsh: sourced, or as a file _family-hub-jobs on the fpath.
export const ZSH = `#compdef family-hub-jobs fhj
# zsh completion for family-hub-jobs and fhj. In ~/.zshrc:
#   source <(family-hub-jobs completion zsh)
_family-hub-jobs() {
  local value text files=
  local -a found
  while IFS=$'\\t' read -r value text; do
    case $value in
      '') ;;
      :files) files=yes ;;
      *) found+=("\${value//:/\\\\:}\${text:+:$text}") ;;
    esac
  done < <("\${(Q)words[1]}" __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  if [[ -n $files ]]; then
    compset -P '*='
    _files
  elif ((\${#found})); then
    _describe -V 'family-hub-jobs' found
  fi
}
if [[ \${funcstack[1]} == _family-hub-jobs ]]; then
  _family-hub-jobs "$@"
else
  if ! (($+functions[compdef])); then
    autoload -Uz compinit
    compinit
  fi
  compdef _family-hub-jobs family-hub-jobs fhj
fi
`;
