import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withServer } from '../../src/cli/client.ts'
import { linesOf } from '../../src/control/lines.ts'
import type { Verb } from '../../src/control/protocol.ts'
import { type ControlOptions, ControlRefusal, openControlSocket } from '../../src/control/server.ts'
import { uidsOf } from '../../src/control/unix-users.ts'
import { eventually } from '../support/eventually.ts'

describe('the control socket', () => {
  let folder = ''
  const endings: (() => unknown)[] = []
  const said: string[] = []
  const note = (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`)
  const log = { info: note, warn: note, error: note }
  const asked: [Verb, string][] = []
  const path = () => join(folder, 'latchkey.sock')

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-control-'))
    said.splice(0)
    asked.splice(0)
  })
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
    rmSync(folder, { recursive: true })
  })

  const open = async (given: Partial<ControlOptions> = {}) => {
    const answer: ControlOptions['answer'] = async (verb, operator) => {
      asked.push([verb, operator.kind === 'unix-user' ? operator.name : operator.id])
      return []
    }
    const control = await openControlSocket({ path: path(), log, answer, ...given })
    endings.push(control.close)
    return control
  }
  const askGrants = (environment: Record<string, string> = {}) =>
    withServer({ database: join(folder, 'latchkey.sqlite') }, { environment }, (server) =>
      server.ask({ verb: 'grants', person: 'developer' }),
    )
  /** Somebody who speaks for himself: the first line, and the answer to each of theirs. */
  const speak = async (...lines: readonly string[]) => {
    const socket = connect(path())
    endings.push(() => socket.destroy())
    socket.on('error', () => {})
    const heard = linesOf(socket, 1_000_000)
    const hello = JSON.parse((await heard.next()).value ?? '')
    return {
      hello,
      leave: () => void socket.destroy(),
      end: async () => ((await heard.next().catch(() => ({ done: true }))).done ? 'hung up' : 'spoke'),
      prove: (content: string = hello.prove) => writeFileSync(join(folder, hello.prove), content),
      answers: async () => {
        const answers: unknown[] = []
        for (const line of lines) {
          socket.write(`${line}\n`)
          const { value, done } = await heard.next().catch(() => ({ value: '', done: true }))
          answers.push(done ? 'hung up' : JSON.parse(value))
        }
        return answers
      },
    }
  }
  const status = JSON.stringify({ v: 1, id: 7, ask: { verb: 'status' } })

  test('is for its owner alone, whatever the umask', async () => {
    const umask = process.umask(0)
    try {
      await open()
    } finally {
      process.umask(umask)
    }
    expect(statSync(path()).mode & 0o777).toBe(0o600)
  })

  test('carries a wish and its answer, in the name of whom the kernel says asked', async () => {
    await open()
    expect(await askGrants()).toEqual([])
    const own = `${userInfo().username}@${hostname()}`
    expect(asked).toEqual([[{ verb: 'grants', person: 'developer', limit: 50 }, own]])
    await askGrants({ SUDO_USER: 'somebody' })
    expect(asked[1]?.[1]).toBe(`${own} for somebody`)
    await askGrants({ SUDO_USER: 'x\n{"kind":"person"}' })
    expect(asked[2]?.[1]).toBe(own)
    expect(readdirSync(folder)).toEqual(['latchkey.sock'])
  })

  test('refuses whoever is neither its own user nor root', async () => {
    await open({ admitted: [(process.getuid?.() ?? 0) + 1] })
    await expect(askGrants()).rejects.toThrow('only the user that runs Latchkey, and root, may ask')
    expect(asked).toEqual([])
    expect(said.join()).toContain('was refused')
  })

  test('refuses whoever does not prove who it is, or tries with a file of somebody else', async () => {
    await open()
    const silent = await speak(status)
    expect(await silent.answers()).toMatchObject([{ ok: false, error: { code: 'not-admitted' } }])
    const wrong = await speak(status)
    wrong.prove('another content of the very same length.....')
    expect(await wrong.answers()).toMatchObject([{ ok: false, error: { code: 'not-admitted' } }])
    for (const mode of [0o664, 0o646]) {
      const moved = await speak(status)
      moved.prove()
      chmodSync(join(folder, moved.hello.prove), mode) // others may have written it, and moved it here
      expect(await moved.answers()).toMatchObject([{ ok: false, error: { code: 'not-admitted' } }])
    }
    expect(readdirSync(folder)).toEqual(['latchkey.sock'])
    expect(asked).toEqual([])
  })

  test('hangs up on whoever does not prove who it is in time, and goes on with whoever did', async () => {
    await open({ proofWithin: 1_000 })
    const guest = await speak(status, status)
    guest.prove()
    expect(await guest.answers()).toMatchObject([{ ok: true }, { ok: true }])
    const silent = await speak()
    expect(await silent.end()).toBe('hung up')
    expect(await guest.answers()).toMatchObject([{ ok: true }, { ok: true }])
  })

  test('serves few connections of one user at once, and again when one of them is over', async () => {
    await open({ mostOfOne: 2 })
    const guests: Awaited<ReturnType<typeof speak>>[] = []
    for (let each = 0; each < 3; each++) {
      const guest = await speak(status)
      guest.prove()
      guests.push(guest)
    }
    const said: unknown[] = []
    for (const guest of guests) said.push(...(await guest.answers()))
    const tooMany = { ok: false, error: { code: 'too-many', message: expect.stringContaining('2 connections') } }
    expect(said).toMatchObject([{ ok: true }, { ok: true }, tooMany])
    guests[0]?.leave()
    await eventually(async () => {
      const again = await speak(status)
      again.prove()
      return JSON.stringify(await again.answers()).includes('"ok":true')
    })
  })

  test('asks the system for a user once a second at most, however many ask', async () => {
    const { PATH } = process.env
    const counted = join(folder, 'asked')
    writeFileSync(join(folder, 'id'), `#!/bin/sh\necho "$@" >> ${counted}\necho 4242\n`, { mode: 0o755 })
    process.env.PATH = `${folder}:${PATH}`
    try {
      const found = await Promise.all(Array.from({ length: 20 }, () => uidsOf(['some-user'])))
      expect(new Set(found.map((uidOf) => uidOf('some-user')))).toEqual(new Set([4242]))
    } finally {
      process.env.PATH = PATH
    }
    expect(readFileSync(counted, 'utf8')).toBe('-u -- some-user\n')
  })

  test('says its version, and refuses another', async () => {
    await open()
    const guest = await speak(JSON.stringify({ v: 2, id: 1, ask: { verb: 'status' } }), status)
    guest.prove()
    expect(guest.hello.latchkey).toBe(1)
    expect(await guest.answers()).toMatchObject([
      {
        v: 1,
        id: 1,
        ok: false,
        error: { code: 'version', message: expect.stringContaining('speaks version 1, not 2') },
      },
      { v: 1, id: 7, ok: true },
    ])
  })

  test('answers nonsense with a no, and goes on', async () => {
    await open()
    const wish = (ask: object) => JSON.stringify({ v: 1, id: 1, ask })
    const guest = await speak(
      'nonsense',
      '[]',
      wish({ verb: 'format-disk' }),
      wish({ verb: 'grants', limit: 0 }),
      status,
    )
    guest.prove()
    const answers = await guest.answers()
    expect(answers.slice(0, 4)).toMatchObject(Array(4).fill({ ok: false, error: { code: 'not-understood' } }))
    expect(answers[4]).toMatchObject({ ok: true })
  })

  test('hangs up on a line without end', async () => {
    await open()
    const guest = await speak('x'.repeat(200_000))
    guest.prove()
    expect(await guest.answers()).toEqual(['hung up'])
  })

  test('tells a no in words, and of a fault only that the log knows it', async () => {
    const control = await open({
      answer: () => Promise.reject(new ControlRefusal('no-such-grant', 'there is no such grant')),
    })
    await expect(askGrants()).rejects.toThrow('The server says: there is no such grant.')
    await control.close()
    await open({ answer: () => Promise.reject(new Error('a secret detail')) })
    await expect(askGrants()).rejects.toThrow('the request failed; the log of the server says why')
    expect(said.join()).toContain('a secret detail')
  })

  test('takes the place of a socket that a killed process left, with what lay beside it', async () => {
    const program = `require('node:net').createServer().listen(${JSON.stringify(path())}, () => console.log('up'))`
    const killed = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(killed.stdout, 'data')
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    writeFileSync(join(folder, `.control-${'0'.repeat(32)}`), '')
    expect(existsSync(path())).toBe(true)
    await open()
    expect(await askGrants()).toEqual([])
    expect(readdirSync(folder)).toEqual(['latchkey.sock'])
  })

  test('does not take the place of one that is alive, nor of another file', async () => {
    const other = createServer().listen(path())
    await once(other, 'listening')
    await expect(open()).rejects.toThrow('another Latchkey listens')
    other.close()
    await once(other, 'close')
    writeFileSync(path(), 'precious')
    await expect(open()).rejects.toThrow('is not a socket')
  })

  test('is not opened where anybody may write', async () => {
    chmodSync(folder, 0o777)
    await expect(open()).rejects.toThrow('anybody may write')
  })

  test('says so when its path is too long', async () => {
    await expect(open({ path: join(folder, 'x'.repeat(90), 'latchkey.sock') })).rejects.toThrow('too long for a socket')
  })

  test('finishes the answer under way when it closes, and is gone then', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly string[]>()
    const reached = Promise.withResolvers<void>()
    const control = await open({
      answer: () => {
        reached.resolve()
        return promise
      },
    })
    const asking = askGrants()
    await reached.promise
    const closing = control.close()
    resolve([])
    expect(await asking).toEqual([])
    await closing
    expect(existsSync(path())).toBe(false)
  })

  test('that is not there is told with how to start the server', async () => {
    const message =
      /Latchkey is not running on .*latchkey\.sqlite: nobody answers at .*\. Start it with "latchkey serve"/
    await expect(askGrants()).rejects.toThrow(message)
    writeFileSync(path(), '')
    await expect(askGrants()).rejects.toThrow(message)
  })
})
