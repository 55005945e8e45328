import type { Timestamp } from '../domain/time.ts'
import { bare } from './copy.ts'
import type { NameOf } from './copy-states.ts'
import type { MessageView } from './view-model.ts'

/** A message that only asks for a press, to see whether presses arrive. */
export const trialView = (trial: string): MessageView => ({
  ...bare(['An operator checks whether buttons work.']),
  title: 'A test of the buttons',
  tone: 'waiting',
  notes: [['An operator checks that buttons work. Press this one: it gives nothing and changes nothing else.']],
  actions: [{ label: 'Press me', style: 'primary', command: { do: 'answer-trial', trial } }],
})

/** The same message after the press. */
export const trialAnsweredView = (pressed: Timestamp, by: ReturnType<NameOf>): MessageView => ({
  ...bare(['It works: pressed ', { time: pressed }, ' by ', by, '.']),
  tone: 'good',
})

/** The same message when nobody pressed in time. */
export const trialOverView = (): MessageView => bare(['This test is over: no press arrived in time.'])
