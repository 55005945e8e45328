import { Argument, type Command } from 'commander'
import { bashScript } from './completion/bash.ts'
import { commandTree } from './completion/tree.ts'
import { zshScript } from './completion/zsh.ts'
import type { Io } from './io.ts'
import { examples } from './options.ts'

export const define = (command: Command, io: Io): void => {
  command
    .addArgument(new Argument('<shell>', 'whose script').choices(['bash', 'zsh']))
    .addHelpText(
      'after',
      examples(
        'latchkey completion bash > ~/.local/share/bash-completion/completions/latchkey',
        'latchkey completion zsh > "${fpath[1]}/_latchkey"',
      ),
    )
    .action(async (shell: 'bash' | 'zsh') => {
      const { programFor } = await import('./main.ts')
      const tree = commandTree(await programFor(undefined, io))
      io.say(shell === 'bash' ? bashScript(tree) : zshScript(tree))
    })
}
