import { readFile } from 'node:fs/promises'
import { redeemFetchLink } from '../../src/app/redeem-fetch-link.ts'
import { readSecret, unwrap } from '../../src/demo/person.ts'
import type { GrantId } from '../../src/domain/ids.ts'
import { bareDeletes, bareProofs } from './bare-ends.ts'
import { ask, type BenchWorld, openBenchWorld, owner, until } from './bench-world.ts'
import { inParallel, median, percentile, type Row, timed } from './figures.ts'

const rounds = 30

/** Approve → access exists, against the bare sequence "policy write, user write with password". */
export const approveToAccess = async (world: BenchWorld): Promise<Row> => {
  const ours: number[] = []
  const bare: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await approveOnce(world, round))
    bare.push(await timed(() => bareGrant(world, `bare-${round}`)))
  }
  return { what: 'approve → access exists', ours: median(ours), baseline: median(bare), unit: 'ms', goal: 0.18 }
}

/** Milliseconds from the press of *Approve* until the access exists. */
export const approveOnce = async (world: BenchWorld, round: number): Promise<number> => {
  const request = await ask(world, world.requesters[round] ?? owner, round)
  return timed(async () => {
    await world.verbs.decideRequest(request.id, { by: owner, verdict: 'approve' })
    await until(async () => ((await world.store.request(request.id))?.grant?.state === 'active' ? true : undefined))
  })
}

const bareGrant = async ({ admin }: BenchWorld, name: string): Promise<void> => {
  const policy = JSON.stringify({ path: { 'kv/data/bench/secret-0': { capabilities: ['read'] } } })
  await admin('POST', `sys/policies/acl/${name}`, { policy })
  await admin('POST', `auth/userpass/users/${name}`, {
    password: 'example-password-of-a-bare-user',
    token_policies: [name],
  })
}

/** Redeem → wrapped credential shown, against a bare wrapped userpass login with a password. */
export const redeemToCredential = async (world: BenchWorld): Promise<Row> => {
  const address = world.vault.server.address
  await bareGrant(world, 'bare-login')
  const ours: number[] = []
  const bare: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await redeemOnce(world, round))
    bare.push(
      await timed(async () => {
        const answer = await fetch(`${address}/v1/auth/userpass/login/bare-login`, {
          method: 'POST',
          headers: { 'X-Vault-Wrap-TTL': '60s' },
          body: JSON.stringify({ password: 'example-password-of-a-bare-user' }),
        })
        if (!answer.ok) throw new Error(String(answer.status))
        await answer.json()
      }),
    )
  }
  return { what: 'redeem → wrapped credential', ours: median(ours), baseline: median(bare), unit: 'ms', goal: 0.2 }
}

/** Milliseconds from the press on the page until the wrapped credential is there. */
export const redeemOnce = async (world: BenchWorld, round: number): Promise<number> => {
  const { grant, person } = await liveGrant(world, round)
  const link = await world.verbs.openFetchLink(grant, person)
  if (!link.ok) throw new Error(link.refusal.code)
  const nonce = link.value.url.reveal().split('/').at(-1) ?? ''
  return timed(async () => {
    const redeemed = await redeemFetchLink(world.deps)(nonce, 'browser')
    if (redeemed.kind !== 'credential') throw new Error(redeemed.kind)
  })
}

const liveGrant = async (world: BenchWorld, index: number) => {
  const person = world.requesters[index % world.requesters.length] ?? owner
  const open = (await world.store.requestsOf(person, 50)).find(({ grant }) => grant?.state === 'active')
  if (open?.grant) return { grant: open.grant.id, person }
  const request = await ask(world, person, index)
  await world.verbs.decideRequest(request.id, { by: owner, verdict: 'approve' })
  const grant = await until(async () => {
    const loaded = await world.store.request(request.id)
    return loaded?.grant?.state === 'active' ? loaded.grant.id : undefined
  })
  return { grant, person }
}

type Many = { readonly count: number; readonly atOnce: number; readonly repetitions: number }

/**
 * Early end of many live grants at once: pressed → powerless against bare policy deletes, and pressed → proved against
 * the bare calls of the proofs.
 */
export const endMany = async ({ count, atOnce, repetitions }: Many): Promise<readonly Row[]> => {
  const all: Ends[] = []
  for (let repetition = 0; repetition < repetitions; repetition += 1) all.push(await endOnce(count, atOnce))
  const middle = (which: keyof Ends) => median(all.map((ends) => ends[which]))
  const what = `end ${count} live grants at once`
  return [
    {
      ...{ what: `${what}, p99 of pressed → powerless`, unit: 'ms', goal: 1.15 },
      ...{ ours: middle('ours'), baseline: middle('baseline') },
    },
    {
      ...{ what: `${what}, pressed → all proved`, unit: 'ms', goal: 4 },
      ...{ ours: middle('proved'), baseline: middle('proofs') },
    },
  ]
}

/** Milliseconds. */
type Ends = { readonly ours: number; readonly baseline: number; readonly proved: number; readonly proofs: number }

const endOnce = async (count: number, atOnce: number): Promise<Ends> => {
  const world = await openBenchWorld({ people: count, secrets: 20 })
  try {
    const address = world.vault.server.address
    const redeem = redeemFetchLink(world.deps)
    const live: { grant: GrantId; token: string; path: string }[] = []
    await inParallel(world.requesters, 8, async (person) => {
      const index = world.requesters.indexOf(person)
      const { grant } = await liveGrant(world, index)
      const link = await world.verbs.openFetchLink(grant, person)
      if (!link.ok) throw new Error(link.refusal.code)
      const redeemed = await redeem(link.value.url.reveal().split('/').at(-1) ?? '', 'browser')
      if (redeemed.kind !== 'credential') throw new Error(redeemed.kind)
      const token = await unwrap(address, redeemed.credential.wrappingToken.reveal())
      live.push({ grant, token, path: redeemed.what.items[0]?.path ?? '' })
    })
    const proofs = await bareProofs(world, count, atOnce)
    const started = await bareDeletes(world, count, atOnce)
    const pressed = Date.now()
    await Promise.all(live.map(({ grant }) => world.verbs.revokeGrant(grant, owner)))
    const isOver = async () => {
      const { grants } = await world.store.tally(world.deps.clock.now(), world.deps.clock.now())
      return grants.every(({ state, count }) => state === 'ended' || count === 0) ? true : undefined
    }
    await until(isOver, 50)
    const proved = Date.now() - pressed
    await inParallel(live, 16, async ({ token, path }) => {
      const { status } = await readSecret(address, token, path)
      if (status !== 403) throw new Error(`a token still works: ${status}`)
    })
    // A policy's deletion is what makes its tokens powerless; the vault's own audit log says when it was.
    const deleted = await deletions(world.vault.server.auditFile)
    const since = (moment: number, isBare: boolean) =>
      deleted.filter(({ path }) => path.includes('-bare-') === isBare).map(({ at }) => at - moment)
    return {
      ours: percentile(
        since(pressed, false).filter((after) => after >= 0),
        0.99,
      ),
      baseline: percentile(since(started, true), 0.99),
      ...{ proved, proofs },
    }
  } finally {
    await world.close()
  }
}

type AuditLine = { time: string; type: string; request: { operation: string; path: string } }

/** First deletion of each policy, from the vault's audit log. */
const deletions = async (file: string): Promise<readonly { path: string; at: number }[]> => {
  const first = new Map<string, number>()
  for (const text of (await readFile(file, 'utf8')).split('\n')) {
    if (!text.includes('"delete"') || !text.includes('"response"')) continue
    const { time, request } = JSON.parse(text) as AuditLine
    if (!request.path.startsWith('sys/policies/acl/') || first.has(request.path)) continue
    first.set(request.path, Date.parse(time))
  }
  return [...first].map(([path, at]) => ({ path, at }))
}
