import { type Authority, asComments, authorityFile, fromComments, unlessPublic } from './authority.ts'
import type { Use } from './uses.ts'

/** A secret that an agent writes to a file. */
export type Fetched = Pick<Use, 'mount' | 'name'>

/** Where the agent is, and how it logs in: the lines of an `auto_auth` method in its language. */
export type AgentPlace = {
  readonly address: string
  readonly namespace?: string | undefined
  readonly program: 'bao' | 'vault'
  readonly method: string
  /** Absent: one that the system trusts. */
  readonly authority?: Authority | undefined
  /** Comments above the file, each a line. */
  readonly intro: readonly string[]
}

/** How often an agent reads a secret again. An access that is over ends it within this time. */
const interval = '30s'

/** The file that an agent writes for each secret. */
export const fileOf = (position: number): string => `secret-${position + 1}.json`

/**
 * The configuration of an agent that writes secrets to files, readable by one account, and ends soon after the access.
 * With endless retries it would stay, and look healthy. A missing secret or field is an error, never an empty file.
 */
export const agentConfig = (fetched: readonly Fetched[], place: AgentPlace): string => {
  const { address, namespace, method, intro, authority } = place
  return [
    ...[...intro, ...(authority ? trusting(authority, address) : [])].map((line) => `# ${line}`),
    'vault {',
    `  address = ${JSON.stringify(address)}`,
    ...(namespace === undefined ? [] : [`  namespace = ${JSON.stringify(namespace)}`]),
    ...(authority ? [`  ca_cert = ${JSON.stringify(authorityFile)}`] : []),
    '  retry { num_retries = 3 }',
    '}',
    `auto_auth {`,
    method,
    '}',
    'template_config {',
    '  exit_on_retry_failure = true',
    `  static_secret_render_interval = "${interval}"`,
    '}',
    ...fetched.map(template),
  ].join('\n')
}

/** An agent reads an authority from a file only. */
const trusting = (authority: Authority, address: string): readonly string[] => [
  'The vault has an authority of its own. Before all that, write its certificate, which stands here, to a file:',
  `${fromComments('latchkey-agent.hcl')} > ${authorityFile}`,
  ...unlessPublic(authority, address, 'the line with ca_cert'),
  ...asComments(authority),
]

/** A `here` document is taken as it is, so that no name can break out of it; the path is a text of the template. */
const template = ({ mount, name }: Fetched, position: number): string => `template {
  contents = <<LATCHKEY
${templateOf({ mount, name })}
LATCHKEY
  destination = "${fileOf(position)}"
  perms = "0600"
  error_on_missing_key = true
}`

/** The template of all fields of one secret, as JSON. */
export const templateOf = ({ mount, name }: Fetched): string =>
  `{{ with secret ${JSON.stringify(`${mount}/data/${name}`)} }}{{ .Data.data | toJSON }}{{ end }}`

/** A login with a token in a file, which is read again when the token ends. */
export const byTokenFile = (file: string): string => `  method {
    type = "token_file"
    config = { token_file_path = ${JSON.stringify(file)} }
  }`

/** What of an access no file can hold, a sentence each. */
export const unfit = (uses: readonly Use[]): readonly string[] => {
  const isTransit = uses.some(({ engine }) => engine === 'transit')
  const isFolder = uses.some(({ engine, verb, name }) => engine === 'kv' && verb === 'fetch' && isToFill(name))
  const isLogin = uses.some(({ engine }) => engine === 'database')
  const isSigning = uses.some(({ engine }) => engine === 'ssh' || engine === 'pki')
  const isWriting = uses.some(({ verb }) => verb === 'create' || verb === 'update' || verb === 'delete')
  return [
    ...(isFolder ? ['A folder has no file of its own: write the name of a secret for NAME, a template for each.'] : []),
    ...(isTransit ? ['Keys are not in it: programs call the vault to use a key.'] : []),
    ...(isLogin
      ? ['Logins of a database are not in it: an agent that may not renew them would make a new one every second.']
      : []),
    ...(isSigning ? ['Certificates are not in it: each one is made by a call, for a key of its own.'] : []),
    ...(isWriting ? ['It only reads: to write, a program calls the vault.'] : []),
  ]
}

/** Whether the name of the use is beneath a folder, where a name is to be filled in. */
export const isToFill = (name: string): boolean => name === 'NAME' || name.endsWith('/NAME')
