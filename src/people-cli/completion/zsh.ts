import { quoted as word } from '../text.ts'
import type { Node, Value } from './words.ts'

/** The same for zsh, with the description of each word. */
export const zshScript = (tree: readonly Node[]): string => {
  const paths = tree.filter(({ path }) => path !== '').map(({ path }) => word(path))
  const values = tree.flatMap(({ path, options }) =>
    options.flatMap(({ name, value }) =>
      value.kind === 'none' ? [] : [`    ${word(`${path} ${name}`)}) ${reply(value)}; return ;;`],
    ),
  )
  const list = (all: readonly { name: string; describe: string }[]) =>
    all.map(({ name, describe }) => word(`${name.replaceAll(':', '\\:')}:${describe}`)).join(' ')
  const words = tree.map(
    ({ path, commands, options }) => `    ${word(path)}) commands=(${list(commands)}); options=(${list(options)}) ;;`,
  )
  return `#compdef latchkey
_latchkey() {
  local one next chain=''
  local -a commands options
  for one in "\${(@)words[2,CURRENT-1]}"; do
    next="\${chain:+$chain }$one"
    case "$next" in (${paths.join('|')}) chain=$next ;; esac
  done
  case "$chain \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$chain" in
${words.join('\n')}
  esac
  (( \${#commands} )) && _describe command commands
  [[ \${words[CURRENT]} == -* ]] && _describe option options
  return 0
}
if [[ \${funcstack[1]} == _latchkey ]]; then _latchkey "$@"; else compdef _latchkey latchkey; fi`
}

const reply = (value: Exclude<Value, { kind: 'none' }>): string => {
  switch (value.kind) {
    case 'choice':
      return `compadd -- ${value.choices.map(word).join(' ')}`
    case 'file':
      return '_files'
    case 'folder':
      return '_files -/'
    default:
      return '_message value'
  }
}
