import { randomUUID } from 'node:crypto'
import { timestamp } from '../../domain/time.ts'
import { failure } from './failure.ts'
import type { PodPlace } from './kubernetes-api.ts'
import {
  changeSecret,
  readSecret,
  type SecretChange,
  type SecretContent,
  type SecretName,
  tryChange,
} from './kubernetes-secret.ts'
import { crossed, type SecretIdPlace } from './secret-id-place.ts'

/** How long a process that says nothing more keeps the place. */
const claimLasts = 120_000
const tries = 5
const keys = { note: 'secret_id.renewal', renewedAt: 'latchkey/secret-id-renewed-at' } as const
const claimWord = 'claimed by: '

/**
 * A secret_id in a Kubernetes secret; the note is a key of the same secret. Every write names the version that was read.
 * So of two renewals one fails, and a late write of a killed one changes nothing after the next has claimed the place.
 */
export const secretPlace = (of: SecretName, pod: PodPlace): SecretIdPlace => {
  const name = `the Kubernetes secret ${of.namespace}/${of.name}`
  const run = randomUUID()
  let held: SecretContent | undefined

  const ours = (content: SecretContent): boolean => claimIn(content)?.run === run
  const secretIdKey = ({ texts }: SecretContent) =>
    'secret_id' in texts || !('secret-id' in texts) ? 'secret_id' : 'secret-id'
  const noteWith = (lines: readonly string[]) => [`${claimWord}${run} ${pod.now()}`, ...lines].join('\n')

  /** Writes while the claim is ours. A change by somebody to something else only costs another try. */
  const write = async (change: (now: SecretContent) => SecretChange): Promise<void> => {
    for (let turn = 0; turn < tries; turn += 1) {
      const now = held ?? (await readSecret(of, pod))
      const written = await changeSecret(of, pod, now, change(now))
      if (written) {
        held = written
        return
      }
      const other = await readSecret(of, pod)
      if (!ours(other) || other.texts[secretIdKey(other)] !== now.texts[secretIdKey(now)]) throw crossed(name)
      held = other
    }
    throw crossed(name)
  }

  const claim = async (): Promise<boolean> => {
    const now = await readSecret(of, pod)
    const other = claimIn(now)
    if (other && pod.now() - other.at < claimLasts) return false
    held = await changeSecret(of, pod, now, { texts: { [keys.note]: noteWith(linesIn(now)) } })
    return held !== undefined
  }

  return {
    name,
    check: async () => {
      const now = await readSecret(of, pod)
      const why = await tryChange(of, pod, now)
      if (why !== undefined) throw failure('not-rotatable', `${name} ${why}.`)
    },
    alone: async (work) => {
      if (!(await claim())) return false
      try {
        await work()
        return true
      } finally {
        // What is noted stays for the next renewal, which need not wait for the claim to run out.
        if (held && keys.note in held.texts)
          await write((now) => ({ texts: { [keys.note]: linesIn(now).join('\n') || null } })).catch(() => {})
      }
    },
    noted: async () => linesIn(await readSecret(of, pod)),
    note: (lines, step) => step('note: patch', () => write(() => ({ texts: { [keys.note]: noteWith(lines) } }))),
    replace: (secretId, step) =>
      step('patch', () =>
        write((now) => ({
          texts: { [secretIdKey(now)]: secretId.reveal(), [keys.note]: noteWith(linesIn(now)) },
          annotations: { [keys.renewedAt]: new Date(pod.now()).toISOString() },
        })),
      ),
    settle: async () => {
      held = await readSecret(of, pod)
      // With a new version, whatever is still under way comes too late. The claim of another made one, too.
      if (ours(held)) await write((now) => ({ texts: { [keys.note]: noteWith(linesIn(now)) } }))
    },
    keep: async () => {
      if (!ours(await readSecret(of, pod))) throw crossed(name)
    },
    clear: (step) => step('remove', () => write(() => ({ texts: { [keys.note]: null } }))),
    since: async () => {
      const { annotations, createdAt } = await readSecret(of, pod)
      const [renewed, created] = [annotations[keys.renewedAt] ?? '', createdAt].map((text) => Date.parse(text))
      return timestamp(renewed || created || 0)
    },
  }
}

/** The note without the claim on it. */
const linesIn = ({ texts }: SecretContent): readonly string[] =>
  (texts[keys.note] ?? '').split('\n').filter((line) => line !== '' && !line.startsWith(claimWord))

const claimIn = ({ texts }: SecretContent): { readonly run: string; readonly at: number } | undefined => {
  const line = (texts[keys.note] ?? '').split('\n').find((one) => one.startsWith(claimWord))
  const [run, at] = line?.slice(claimWord.length).split(' ') ?? []
  return run === undefined ? undefined : { run, at: Number(at) || 0 }
}
