import type { MessageView } from './view-model.ts'

/** The head of the audit log, for a channel that keeps it. */
export const auditHeadCard = (
  { sequence, hash }: { sequence: number; hash: string },
  instance: string,
): MessageView => ({
  title: 'Head of the audit log',
  tone: 'neutral',
  summary: `The audit log has ${sequence} rows.`,
  fields: [
    { label: 'Rows', value: [String(sequence)] },
    { label: 'Instance', value: [{ code: instance }] },
  ],
  quotes: [],
  notes: [['Kept here, this head later shows whether the log was truncated or rewritten:']],
  code: [`latchkey audit verify --head ${sequence}:${hash}`],
  actions: [],
})
