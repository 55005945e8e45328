import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openBrowser } from './browser.ts'
import { demoWindow, playDemo, startDemoWorld, wordsOf } from './played-demo.ts'

/**
 * Plays the demo in a real browser and takes the pictures of our pages: `npm run pictures`. Their words are written
 * beside them, and a test compares those with what the program says today.
 */
const folder = join(import.meta.dirname, '../../.github/images')

const run = async (): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const world = await startDemoWorld()
  const browser = await openBrowser()
  try {
    const page = await browser.newPage({ viewport: demoWindow, colorScheme: 'light' })
    const words: Record<string, readonly string[]> = {}
    await playDemo(world, browser, page, async (name, what) => {
      await page.mouse.move(0, 0) // nothing is lit up under the pointer
      await what.screenshot({ path: join(folder, `${name}.png`) })
      words[name] = await wordsOf(what)
    })
    for (const file of await readdir(folder))
      if (file.endsWith('.png') && !(file.slice(0, -4) in words)) await rm(join(folder, file))
    await writeFile(join(folder, 'words.json'), `${JSON.stringify(words, null, 2)}\n`)
  } finally {
    await browser.close()
    await world.stop()
  }
}

await run()
