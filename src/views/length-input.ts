import { type Integration, nearest, usualLength } from '../domain/integration.ts'
import type { Seconds } from '../domain/time.ts'
import { durationText } from './copy-time.ts'
import type { Input } from './view-model.ts'

type LengthState = {
  readonly integration: Integration
  readonly duration?: Seconds
  readonly unoffered?: Seconds | undefined
}

/** The lengths on offer, with a sensible one chosen. A typed length that is not on offer is said beside it. */
export const lengthInput = ({ integration, duration: chosen, unoffered }: LengthState): Input => ({
  name: 'duration',
  label: 'How long',
  hint: `${unoffered === undefined ? '' : `${unofferedText(integration, unoffered)} `}It starts when access is ready. You can give it back earlier.`,
  kind: 'select',
  scope: integration.id,
  options: integration.durations.map((duration) => ({ label: durationText(duration), value: String(duration) })),
  value: String(integration.durations.find((duration) => duration === chosen) ?? usualLength(integration)),
})

/** Says that a typed length is not on offer, and what is chosen instead. */
const unofferedText = (integration: Integration, wanted: Seconds): string => {
  const instead = nearest(integration, wanted)
  const what = instead < wanted ? 'the longest' : 'the next longer one'
  return `${durationText(wanted)} ${isOne(wanted) ? 'is' : 'are'} not offered; ${what} is ${durationText(instead)}.`
}

/** Whether the length reads as one of its unit, such as "1 hour". */
const isOne = (length: Seconds): boolean => /^1 \w+$/.test(durationText(length))
