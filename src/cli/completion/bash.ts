// The completion script for bash; works with bash 3.2, and without the bash-completion package.
export const BASH = `# bash completion for family-hub-jobs and fhj. In ~/.bashrc:
#   source <(family-hub-jobs completion bash)
_family_hub_jobs() {
  local rest=\${COMP_LINE:0:COMP_POINT} trimmed word value text i last=-1 kept= widest=0
  local -a words texts
  words=() texts=() COMPREPLY=()
  # Readline cuts words at = and : as well. What stands together without a blank is one word.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    trimmed=\${rest#"\${rest%%[![:space:]]*}"}
    word=\${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && word=$trimmed
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      last=$((last + 1))
      words[last]=
    fi
    words[last]=\${words[last]}$word
    rest=\${trimmed#"$word"}
  done
  # Of --flag=value readline replaces the value only.
  if [[ $COMP_WORDBREAKS == *=* && \${words[last]} == *=* ]]; then
    kept=\${words[last]%"\${words[last]##*=}"}
  fi
  while IFS=$'\\t' read -r value text; do
    case $value in
      '') ;;
      :files)
        compopt -o default 2>/dev/null || while IFS= read -r value; do
          printf -v value %q "$value"
          COMPREPLY[\${#COMPREPLY[@]}]=$value
        done < <(compgen -f -- "\${words[last]#"$kept"}")
        ;;
      *)
        value=\${value#"$kept"}
        [[ $value == *' '* ]] && printf -v value %q "$value"
        ((\${#value} > widest)) && widest=\${#value}
        texts[\${#COMPREPLY[@]}]=$text
        COMPREPLY[\${#COMPREPLY[@]}]=$value
        ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
  # Where several are listed for reading, and not put in one after the other, each says what it is.
  case \${COMP_TYPE-} in 9 | 33 | 63 | 64) ;; *) return 0 ;; esac
  ((\${#COMPREPLY[@]} > 1)) || return 0
  for i in "\${!texts[@]}"; do
    [[ -n \${texts[i]} ]] || continue
    printf -v value '%-*s  (%s)' "$widest" "\${COMPREPLY[i]}" "\${texts[i]}"
    COMPREPLY[i]=\${value:0:\${COLUMNS:-80}-2}
  done
}
complete -o nosort -F _family_hub_jobs family-hub-jobs fhj 2>/dev/null ||
  complete -F _family_hub_jobs family-hub-jobs fhj
`;
