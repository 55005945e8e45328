import { spawn } from 'node:child_process'
import type { Io } from '../io.ts'

/** Opens an address in the person's browser, where there is one: the program that `BROWSER` names, else the system's. */
export const openBrowser = async (address: string, { environment }: Pick<Io, 'environment'>): Promise<boolean> => {
  const program = environment.BROWSER || (process.platform === 'darwin' ? 'open' : 'xdg-open')
  const child = spawn(program, [address], { stdio: 'ignore', detached: true })
  return new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
