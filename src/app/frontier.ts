import type { Folder, Pass, SavedLook } from '../domain/discovery.ts'
import type { DiscoveryDeps } from './deps.ts'

/** The remaining folders of a pass, and the looks that are not yet in the database. */
export type Frontier = {
  /** A folder that nobody has; `undefined` when there is none, although running looks may find more. */
  next(): Promise<Folder | undefined>
  add(look: SavedLook): void
  /** Gives the folder to nobody again in this process; the database keeps it as remaining. */
  leaveOut(folder: Folder): void
  leftOut(): readonly Folder[]
  /** Saves the added looks if they are many or old. */
  saveSome(): Promise<void>
  save(): Promise<void>
}

const rowsAtOnce = 4_000
const saveEvery = 1_000 // milliseconds: a slow pass must not lose much in a kill

/** Only this process works on the pass, so the database need not know which folders are in hand. */
export const frontierOf = ({ store, clock }: Pick<DiscoveryDeps, 'store' | 'clock'>, pass: Pass): Frontier => {
  const taken = new Set<Folder>()
  const leftOut = new Set<Folder>()
  let ahead: Folder[] = []
  let looks: SavedLook[] = []
  let rows = 0
  let saved = clock.now()

  const save = async () => {
    const batch = looks
    looks = []
    rows = 0
    saved = clock.now()
    if (batch.length > 0) await store.saveLooks(pass, batch, saved)
    for (const { folder } of batch) taken.delete(folder)
  }
  return {
    next: async () => {
      if (ahead.length === 0) {
        await save()
        const known = await store.foldersAhead(pass, rowsAtOnce + taken.size + leftOut.size)
        ahead = known.filter((folder) => !taken.has(folder) && !leftOut.has(folder)).reverse()
      }
      const folder = ahead.pop()
      if (folder !== undefined) taken.add(folder)
      return folder
    },
    add: (look) => {
      looks.push(look)
      rows += look.found.length + look.folders.length + 1
    },
    leaveOut: (folder) => {
      leftOut.add(folder)
    },
    leftOut: () => [...leftOut],
    saveSome: async () => {
      if (rows >= rowsAtOnce || clock.now() - saved >= saveEvery) await save()
    },
    save,
  }
}
