import { z } from 'zod'
import { type Html, html } from './html.ts'

/** The switches that every platform has. */
export type CommonSwitches = {
  rateLimit(method: string, options?: { times?: number }): void
  serverError(method: string, times?: number): void
  drop(method: string, times?: number): void
  loseAnswer(method: string, times?: number): void
  hang(method: string, times?: number): void
  dropDeliveries(times?: number): void
  clear(): void
  pending(): readonly { kind: string; method: string; times: number }[]
}

/** What one platform can make fail from the page. */
export type FaultSwitches = {
  faults: CommonSwitches
  /** The calls that can be chosen by name. */
  methods: readonly string[]
  /** Names of pending faults that belong to no call. */
  places: Readonly<Record<string, string>>
  /** Faults of this platform alone, as a button each. */
  more?: Readonly<Record<string, { label: string; switchOn(): void }>>
}

const wish = z.object({
  kind: z.string(),
  method: z.string().default('*'),
  times: z.coerce.number().int().min(1).max(20).default(1),
})

/** Switches on what the page asked for; returns whether there is such a fault. */
export function switchFault({ faults, more }: FaultSwitches, body: unknown): boolean {
  const wanted = wish.safeParse(body)
  if (!wanted.success) return false
  const { kind, method, times } = wanted.data
  const switches = new Map<string, () => void>([
    ['rate-limit', () => faults.rateLimit(method, { times })],
    ['server-error', () => faults.serverError(method, times)],
    ['drop', () => faults.drop(method, times)],
    ['lose-answer', () => faults.loseAnswer(method, times)],
    ['hang', () => faults.hang(method, times)],
    ['drop-delivery', () => faults.dropDeliveries(times)],
    ['clear', faults.clear],
    ...Object.entries(more ?? {}).map(([name, { switchOn }]) => [name, switchOn] as const),
  ])
  switches.get(kind)?.()
  return switches.has(kind)
}

const names: [string, string][] = [
  ['rate-limit', 'Rate limit (429, retry after 1 s)'],
  ['server-error', 'HTTP 500'],
  ['drop', 'Cut the connection, do nothing'],
  ['lose-answer', 'Do it, but lose the answer'],
  ['hang', 'Never answer'],
]

/** The form and the buttons beside the columns. */
export function renderFaultSwitches({ methods, more }: FaultSwitches): Html {
  const option = (value: string, label: string) => html`<option value="${value}">${label}</option>`
  const button = (name: string, label: string) =>
    html`<button type="button" class="button plain" data-fault="${name}">${label}</button>`
  return html`<details class="faults"><summary>Make something fail</summary>
<form class="fault-form"><label for="fault-kind">What</label><select id="fault-kind" name="kind">${names.map(([value, label]) => option(value, label))}</select>
<label for="fault-method">At</label><select id="fault-method" name="method">${option('*', 'any call')}${methods.map((method) => option(method, method))}</select>
<label for="fault-times">Times</label><input id="fault-times" name="times" type="number" min="1" max="20" value="1">
<button class="button plain" type="submit">Switch on</button></form>
<p class="fault-buttons">${Object.entries(more ?? {}).map(([name, { label }]) => button(name, label))}
${button('drop-delivery', 'Lose the next click or command')}${button('clear', 'Clear all')}</p>
<div data-area="faults" aria-live="polite"></div></details>`
}

/** The faults that wait for their call. */
export function renderPendingFaults({ faults, places }: FaultSwitches): Html {
  const pending = faults.pending()
  if (pending.length === 0) return html`<p class="note">Everything works.</p>`
  const lines = pending.map(
    ({ kind, method, times }) =>
      html`<li>${times} × ${kind} at ${method === '*' ? 'any call' : (places[method] ?? method)}</li>`,
  )
  return html`<ul class="pending">${lines}</ul>`
}
