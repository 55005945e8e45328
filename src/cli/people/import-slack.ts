import { z } from 'zod'
import type { SlackWay } from '../../chat/slack/api.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Io } from '../io.ts'
import { usageError } from '../trouble.ts'
import { noteCounts, peopleText } from './people-text.ts'
import { type ImportOptions, readWorkspace, slackAsker, throughOutbound, tokenFrom } from './slack-people.ts'

const groupList = z.object({
  usergroups: z.array(z.object({ handle: z.string(), name: z.string(), users: z.array(z.string()).default([]) })),
})

type SlackImport = ImportOptions & { readonly graph?: boolean; readonly conversation?: readonly string[] }

/** `latchkey people import --from slack` prints all people whom Latchkey would serve, and why others are left out. */
export const importFromSlack = async (options: SlackImport, io: Io): Promise<void> => {
  if (options.graph || options.conversation) throw usageError('--graph and --conversation are for --from teams')
  await throughOutbound(options, io, (slack) => importThrough(slack, io))
}

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
  io.say(
    peopleText({ source: `the Slack workspace ${team} (${tenant})`, platform: 'slack', members, groups }).trimEnd(),
  )
  noteCounts({ members, groups }, io)
}
