import { quoted as word } from '../text.ts'
import type { Node, Value } from './words.ts'

/** A script that completes commands, options and values from fixed lists; it runs none of our commands. */
export const bashScript = (tree: readonly Node[]): string => {
  const paths = tree.filter(({ path }) => path !== '').map(({ path }) => word(path))
  const values = tree.flatMap(({ path, options }) =>
    options.flatMap(({ name, value }) =>
      value.kind === 'none' ? [] : [`    ${word(`${path} ${name}`)}) ${reply(value)}; return ;;`],
    ),
  )
  const words = tree.map(({ path, commands, options }) => {
    const names = [...commands, ...options].map(({ name }) => name)
    return `    ${word(path)}) COMPREPLY=($(compgen -W ${word(names.join(' '))} -- "$current")) ;;`
  })
  return `# bash completion for latchkey
_latchkey() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' next one
  COMPREPLY=()
  for one in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$one"
    case "$next" in ${paths.join('|')}) path=$next ;; esac
  done
  case "$path $previous" in
${values.join('\n')}
  esac
  case "$path" in
${words.join('\n')}
  esac
}
complete -F _latchkey latchkey`
}

const reply = (value: Exclude<Value, { kind: 'none' }>): string => {
  switch (value.kind) {
    case 'choice':
      return `COMPREPLY=($(compgen -W ${word(value.choices.join(' '))} -- "$current"))`
    case 'file':
      return 'COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames 2>/dev/null'
    case 'folder':
      return 'COMPREPLY=($(compgen -d -- "$current")); compopt -o filenames 2>/dev/null'
    default:
      return ':'
  }
}
