/** Slack's limits on our messages, in characters or entries. */
export const limits = {
  header: 150,
  section: 3000,
  field: 2000,
  fieldsPerSection: 10,
  button: 75,
  option: 75,
  options: 100,
  label: 2000,
  placeholder: 150,
  viewTitle: 24,
  viewBlocks: 100,
  messageBlocks: 50,
  actions: 25,
  contexts: 10,
  preformatted: 2900,
  text: 3000,
} as const
