import { constants } from 'node:fs'
import { access, mkdir, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** How a person's terminal gets the program that our commands name. */
export type TerminalProgram = {
  readonly name: 'bao' | 'vault'
  /** The line to type first, if the terminal does not know the program yet. */
  readonly firstLine?: string
}

/** Links the program under the name in our commands in a folder of its own, unless it is on the PATH under that name. */
export const terminalProgram = async (
  name: TerminalProgram['name'],
  binary: string,
  folder: string,
): Promise<TerminalProgram> => {
  if (await isOnPath(name)) return { name }
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await symlink(binary, join(bin, name))
  return { name, firstLine: `export PATH="${bin}:$PATH"` }
}

const isOnPath = async (name: string): Promise<boolean> => {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const found = await Promise.allSettled(folders.map((folder) => access(join(folder, name), constants.X_OK)))
  return found.some(({ status }) => status === 'fulfilled')
}
