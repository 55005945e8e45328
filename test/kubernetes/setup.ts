import { requireCluster } from './cluster.ts'
import { makeLatchkeyImage } from './images.ts'

/** A cluster, and the image of this checkout at its node; `LATCHKEY_IMAGE=keep` takes the one that is there. */
export async function setup(): Promise<void> {
  await requireCluster()
  if (process.env.LATCHKEY_IMAGE !== 'keep') await makeLatchkeyImage((line) => console.error(line))
}
