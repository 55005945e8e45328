import { Argument, type Command } from 'commander'
import { bashScript } from '../../people-cli/completion/bash.ts'
import { zshScript } from '../../people-cli/completion/zsh.ts'
import type { Io } from '../io.ts'
import { examples } from '../options.ts'
import { commandTree } from './tree.ts'

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
