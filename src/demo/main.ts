import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { showBothChats } from './both-chats.ts'
import type { ChatChoice } from './chats.ts'
import { channel, command, request } from './example.ts'
import { freePort } from './latchkey-process.ts'
import { findOpenBao } from './openbao-binary.ts'
import { panels } from './panels.ts'
import { terminalProgram } from './terminal.ts'
import { playTour } from './tour.ts'
import { startWorld } from './world.ts'

const isTour = process.argv.includes('--tour')
const chat: ChatChoice = process.argv.includes('--slack-only')
  ? 'slack'
  : process.argv.includes('--teams-only')
    ? 'teams'
    : 'both'
const bold = (text: string) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text)
const say = (text = '') => console.log(text)

const tell = () => {
  let step = 0
  return {
    chapter: (title: string) => say(`\n${bold(title)}`),
    say: (text: string) => say(`  ${text}`),
    proof: (text: string, isTrue: boolean) => {
      step += 1
      say(`  ${isTrue ? '✓' : '✗'} ${text}`)
      if (!isTrue) throw new Error(`Not true: ${text}`)
    },
    count: () => step,
  }
}

/** Runs everything on this machine: a real OpenBao, a real Latchkey, a simulated Slack and a simulated Teams. */
const run = async (): Promise<void> => {
  if (process.argv.includes('--help')) {
    say('npm run demo            play it yourself, in a browser')
    say('npm run demo -- --slack-only  the same with everybody in Slack; --teams-only with everybody in Teams')
    say('npm run demo -- --socket  the same with Slack over Socket Mode instead of signed HTTP')
    say('npm run demo -- --tour  watch it play by itself; exits 0 only if everything that it says is true')
    return
  }
  const started = Date.now()
  const port = await freePort()
  const world = await startWorld({
    onProgress: (line) => say(`… ${line}`),
    durations: isTour ? ['20s', '15m', '1h'] : ['1m', '15m', '1h'],
    integration: { channel: channel.id },
    panels,
    isSocketMode: process.argv.includes('--socket'),
    chat,
    framedBy: `http://127.0.0.1:${port}`,
  })
  const both = await showBothChats(world, port)
  let isStopping = false
  const stop = async (code: number) => {
    if (isStopping) return
    isStopping = true
    say('\nStopping, and removing everything that the demo made.')
    await both?.close()
    await world.stop()
    process.exit(code)
  }
  process.on('SIGINT', () => stop(0))
  process.on('SIGTERM', () => stop(0))
  say(`\nEverything runs (${((Date.now() - started) / 1000).toFixed(1)} s).`)

  if (isTour) {
    const narrator = tell()
    try {
      await playTour(world, narrator, '20 seconds')
      say(`\n${bold('All of it was true')}: ${narrator.count()} answers of real servers were checked.`)
      await stop(0)
    } catch (error) {
      say(`\n${error instanceof Error ? error.message : error}`)
      say(`\nThe end of Latchkey’s log:\n${(await readFile(world.files.log, 'utf8')).slice(-4000)}`)
      await stop(1)
    }
    return
  }
  const name = world.vault.flavour === 'openbao' ? 'bao' : 'vault'
  const { firstLine } = await terminalProgram(name, await findOpenBao(), world.folder)
  const terminal = firstLine ? `\n    First let your terminal know ${name}: ${bold(firstLine)}` : ''
  const lines = name === 'bao' ? 'the lines' : `the lines for ${bold('vault')}`
  const [inSlack, inTeams] = both ? [' in Slack,', ', in Teams,'] : ['', '']
  const typed = chat === 'teams' ? `${bold(command.hint)} and press ${bold('Open the form')}` : bold(request)
  say(`
${bold('Open')} ${both?.url ?? (chat === 'teams' ? world.teams?.url : world.slack.url)}
  You are the developer and the database owner at once, side by side.

  1 As “Developer on call”${inSlack} type ${typed}. Choose 1 minute, say why, and press ${bold('Send request')}.
  2 As “Database owner”${inTeams} press ${bold('Approve')}, and once more to confirm.
  3 As the developer press ${bold('Get my one-time link')}, ${bold('Open the link')} and ${bold('Fetch my access')}.${terminal}
    Paste ${lines} that the page shows into the terminal: they print the secret.
    Without a terminal, press ${bold('Reveal the token here')} or ${bold('Open in the vault')}.
  4 When the minute is over, run the last line again: the vault answers “permission denied”.

  The vault       ${world.vault.address}   (root token: ${world.vault.rootToken})
  Latchkey        ${world.latchkey().url}   (log: ${world.files.log})
  All files are below ${tmpdir()} and are removed at the end.

Press Ctrl-C to stop.`)
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
