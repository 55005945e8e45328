import type { Deps } from '../app/deps.ts'
import { usedSoFarOf } from '../app/used-so-far.ts'
import type { Grant } from '../domain/grant.ts'
import type { UsedSoFar } from '../domain/receipt.ts'
import { deniedIn } from '../domain/request-items.ts'
import type { Item } from '../domain/resource.ts'
import type { Loaded } from '../ports.ts'
import type { GrantLine, RequestLine } from './protocol.ts'

/** Who only looks reads no words of people: they are for requesters, owners and auditors. */
export type Shown = { readonly words: boolean }

export const requestLine = ({ request, grant }: Loaded, shown: Shown): RequestLine => ({
  ...{ id: request.id, person: request.requester, integration: request.integration },
  items: request.items.map((item, position) => itemLine(item, deniedIn(request).includes(position))),
  ...(shown.words && { reason: request.reason }),
  ...{ seconds: request.duration, state: request.state, submittedAt: request.submittedAt },
  owners: request.requirements.flatMap(({ owners }) => owners),
  ...(request.state === 'pending' && { decideBy: request.decideBy }),
  ...(grant && { grant: grantLine(grant, shown) }),
})

const itemLine = ({ type, path, permission, except }: Item, isDenied = false) => ({
  ...{ type, path, permission },
  ...(except && { except: [...except] }),
  ...(isDenied && { denied: true }),
})

export const grantLines =
  (shown: Shown) =>
  (loaded: Loaded | undefined): GrantLine[] =>
    loaded?.grant ? [grantLine(loaded.grant, shown)] : []

/** The same with what was done with each, where somebody looks. */
export const usedGrantLines = async (
  { store, integrations }: Pick<Deps, 'store' | 'integrations'>,
  all: readonly Loaded[],
  shown: Shown,
): Promise<GrantLine[]> => {
  const lines = all.map(async (loaded) => {
    const isWatched = integrations.get(loaded.request.integration)?.connector.auditLog !== undefined
    const used = isWatched ? await usedSoFarOf(store, loaded) : undefined
    return grantLines(shown)(loaded).map((line) => ({ ...line, ...(used && { used: usedLine(used) }) }))
  })
  return (await Promise.all(lines)).flat()
}

const usedLine = ({ times, refused, gaps, last }: UsedSoFar): NonNullable<GrantLine['used']> => ({
  ...{ times, refused, isIncomplete: gaps.length > 0 },
  ...(last !== undefined && { last }),
})

const grantLine = (grant: Grant, { words }: Shown): GrantLine => ({
  ...{ id: grant.id, request: grant.request, person: grant.person, integration: grant.integration },
  items: grant.items.map((item) => itemLine(item)),
  ...{ seconds: grant.duration, state: grant.state },
  ...('expiresAt' in grant && grant.expiresAt !== undefined && { expiresAt: grant.expiresAt }),
  ...('because' in grant && { because: grant.because }),
  ...('by' in grant && grant.by !== undefined && { by: grant.by }),
  ...(words && 'note' in grant && grant.note !== undefined && { note: grant.note }),
  ...(grant.state === 'ended' && { endedAt: grant.at }),
  ...(grant.state === 'ended' && grant.proof && { proof: grant.proof }),
  ...(grant.trouble && { trouble: grant.trouble }),
  ...(grant.lapse && {
    lapse: { why: grant.lapse.why, ...(grant.lapse.endsAt !== undefined && { endsAt: grant.lapse.endsAt }) },
  }),
  ...(grant.trouble && grant.dueAt !== undefined && { nextTry: grant.dueAt }),
})
