import { z } from 'zod'
import type { SlackWay } from '../../chat/slack/api.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Io } from '../io.ts'
import { type Member, peopleText } from './people-text.ts'
import { type ImportOptions, readWorkspace, slackAsker, throughOutbound, tokenFrom } from './slack-people.ts'

const groupList = z.object({
  usergroups: z.array(z.object({ handle: z.string(), name: z.string(), users: z.array(z.string()).default([]) })),
})

/** `latchkey people import --from slack` prints all people whom Latchkey would serve, and why others are left out. */
export const importFromSlack = (options: ImportOptions, io: Io): Promise<void> =>
  throughOutbound(options, io, (slack) => importThrough(slack, io))

const importThrough = async (slack: SlackWay, io: Io): Promise<void> => {
  const ask = slackAsker(tokenFrom(io), slack)
  const { team, tenant, members } = await readWorkspace(ask)
  const groups = await ask('usergroups.list', { include_users: 'true' }).then(
    (answer) => groupList.parse(answer).usergroups,
    (error: unknown) => {
      io.note(`Groups are left out: ${messageOf(error)}`)
      return []
    },
  )
  io.say(peopleText({ source: `the Slack workspace ${team} (${tenant})`, members, groups }).trimEnd())
  const kept = members.filter(({ leftOut }) => leftOut === undefined).length
  io.note(`${kept} people and ${groups.length} groups. Review it before use.`)
  const kinds = leftOutKinds(members)
  if (kinds !== '') io.note(`Left out, because Latchkey serves only active full members: ${kinds}.`)
}

const leftOutKinds = (members: readonly Member[]): string => {
  const reasons = members.flatMap(({ leftOut }) => leftOut ?? [])
  return [...new Set(reasons)].map((reason) => `${reasons.filter((one) => one === reason).length} ${reason}`).join(', ')
}
