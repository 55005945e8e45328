import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openBrowser } from './browser.ts'
import { bothWindow, demoWindow, type Look, playDemo, startDemoWorld, wordsOf } from './played-demo.ts'
import { playBoth, playTeams, startBothWorld } from './played-teams.ts'

/**
 * Plays the demo in a real browser and takes the pictures of our pages: `npm run pictures`. Their words are written
 * beside them, and a test compares those with what the program says today.
 */
const folder = join(import.meta.dirname, '../../.github/images')

const run = async (): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const [slack, both, browser] = await Promise.all([startDemoWorld(), startBothWorld(), openBrowser()])
  try {
    const page = await browser.newPage({ viewport: demoWindow, colorScheme: 'light', timezoneId: 'UTC' })
    const words: Record<string, readonly string[]> = {}
    const take: Look = async (name, what, texts = [what]) => {
      await page.mouse.move(0, 0) // nothing is lit up under the pointer
      await what.screenshot({ path: join(folder, `${name}.png`) })
      words[name] = await wordsOf(...texts)
    }
    await playDemo(slack, browser, page, take)
    await playTeams(both.world, page, take)
    await page.setViewportSize(bothWindow)
    await playBoth(both.url, page, take)
    for (const file of await readdir(folder))
      if (file.endsWith('.png') && !(file.slice(0, -4) in words)) await rm(join(folder, file))
    await writeFile(join(folder, 'words.json'), `${JSON.stringify(words, null, 2)}\n`)
  } finally {
    await browser.close()
    await slack.stop()
    await both.stop()
  }
}

await run()
