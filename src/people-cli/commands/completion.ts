import { Argument, type Command } from 'commander'
import { bashScript } from '../completion/bash.ts'
import { commandTree } from '../completion/tree.ts'
import { zshScript } from '../completion/zsh.ts'
import { type Context, examples } from '../context.ts'
import { programFor } from '../program.ts'

export const define = (command: Command, context: Context): void => {
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
      const tree = commandTree(await programFor(undefined, context.io))
      context.io.say(shell === 'bash' ? bashScript(tree) : zshScript(tree))
    })
}
