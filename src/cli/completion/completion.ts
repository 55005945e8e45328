import { Argument, type Command } from 'commander'
import type { Io } from '../io.ts'
import { examples } from '../options.ts'
import { bashScript } from './bash.ts'
import { commandTree } from './tree.ts'
import { zshScript } from './zsh.ts'

export const define = (command: Command, io: Io): void => {
  command
    .addArgument(new Argument('<shell>', 'whose script').choices(['bash', 'zsh']))
    .addHelpText(
      'after',
      examples(
        'latchkey completion bash > /etc/bash_completion.d/latchkey',
        'latchkey completion zsh > "${fpath[1]}/_latchkey"',
      ),
    )
    .action(async (shell: 'bash' | 'zsh') => {
      const { programFor } = await import('../program.ts')
      const tree = commandTree(await programFor(undefined, io))
      io.say(shell === 'bash' ? bashScript(tree) : zshScript(tree))
    })
}
