import { printable } from '../../terminal.ts'
import type { Io } from '../io.ts'
import { namespacedName } from '../options.ts'
import { usageError } from '../trouble.ts'
import type { Connection } from './connection.ts'

/** The command line as commander returns it. */
export type AddOptions = {
  readonly config?: string
  readonly fromKubernetes?: string
  readonly name?: string
  readonly internalUrl?: string
  readonly externalUrl?: string
  /** `NAMESPACE/NAME` of the Secret with the AppRole. */
  readonly secret?: string
  /** Instead: the role of a Kubernetes login, and its audience. */
  readonly kubernetesRole?: string
  readonly audience?: string
  readonly caFile?: string
  readonly requester?: readonly string[]
  readonly owner?: readonly string[]
  readonly ownerKey?: string
  readonly ownerAllow?: readonly string[]
  /** `PATH=PERMISSION` of what people may manage, with all beneath it. */
  readonly manage?: readonly string[]
  readonly accessDetails?: string
  readonly print?: boolean
}

/** What the entry needs. Whether it is right, the reader of the configuration says. */
export type Answers = {
  readonly name: string
  readonly internalUrl: string
  readonly externalUrl?: string
  readonly credentials: object
  readonly secret?: { readonly namespace: string; readonly name: string }
  readonly requesters: readonly string[]
  readonly owners: readonly string[]
  readonly resourceOwner?: { readonly key: string; readonly allow: readonly string[] }
  readonly management: readonly Managed[]
  readonly accessDetails?: string
}

type Managed = { readonly path: string; readonly permissions: readonly string[] }

const most = 400

/** Asks at a terminal for what neither options nor the vault say. Throws what is missing where nobody can answer. */
export const answersOf = async (options: AddOptions, found: Connection, io: Io): Promise<Answers> => {
  let isSilent = false
  /** The answer at a terminal, or its proposal; `undefined` where nobody answers. */
  const asked = async (question: string, proposal?: string): Promise<string | undefined> => {
    if (isSilent) return undefined
    const typed = await io.ask(proposal === undefined ? `${question}: ` : `${question} [${proposal}]: `)
    if (typed === undefined) isSilent = true
    return typed?.trim() === '' ? proposal : typed?.trim()
  }
  /** The option, else an answer, else what the vault says. */
  const about = async (given: string | undefined, question: string, otherwise?: string) =>
    given ?? (await asked(question, otherwise)) ?? otherwise
  const needed = async (given: string | undefined, option: string, question: string, otherwise?: string) => {
    const answer = await about(given, question, otherwise)
    if (answer === undefined) throw usageError(`${option} is needed: ${question}`)
    return answer
  }
  const list = (text: string) => text.split(',').flatMap((one) => one.trim() || [])

  const name = await needed(options.name, '--name', 'Name, as people see and type it')
  const internalUrl = await needed(
    options.internalUrl,
    '--internal-url',
    'Address of the vault for Latchkey',
    found.internalUrl,
  )
  const externalUrl = await about(
    options.externalUrl,
    'Address of the vault for people, if it differs',
    found.externalUrl,
  )
  const login = await loginOf(options, { ...found, internalUrl }, { needed, asked })
  const requesters =
    options.requester ?? list(await needed(undefined, '--requester', 'Who may request, such as group:engineers'))
  const owners =
    options.owner ??
    list(
      await needed(
        undefined,
        '--owner',
        'Integration owner, who decides where no resource owner does, such as group:platform',
      ),
    )
  const key = await about(options.ownerKey, 'Key name of the resource owner in the metadata of secrets, if any')
  const allow =
    key === undefined
      ? []
      : (options.ownerAllow ??
        list((await about(undefined, 'Owners that this key may name, such as group:databases')) ?? ''))
  const management = managedOf(
    options.manage ??
      list((await about(undefined, `Folders that people may manage, such as ${exampleOfManage}, if any`)) ?? ''),
  )
  const accessDetails = await detailsOf(options, about, io)
  return {
    ...{ name, internalUrl, ...login, requesters, owners, management },
    ...(externalUrl !== undefined && externalUrl !== internalUrl && { externalUrl }),
    ...(key !== undefined && { resourceOwner: { key, allow } }),
    ...(accessDetails !== undefined && { accessDetails }),
  }
}

const exampleOfManage = 'kv/apps/=ReadWrite'

/** The offers of management, one for each path. */
const managedOf = (written: readonly string[]): readonly Managed[] => {
  const all = written.map((text) => {
    const [, path, permission] = /^(.+)=(ReadOnly|ReadWrite|Admin)$/.exec(text) ?? []
    if (path === undefined || permission === undefined)
      throw usageError(`--manage ${text}: write PATH=PERMISSION, as in ${exampleOfManage}; or ReadOnly, or Admin`)
    return { path, permission }
  })
  return [...new Set(all.map(({ path }) => path))].map((path) => ({
    path,
    permissions: [...new Set(all.filter((one) => one.path === path).map(({ permission }) => permission))],
  }))
}

type Asked = (question: string, proposal?: string) => Promise<string | undefined>
type Needed = (given: string | undefined, option: string, question: string, otherwise?: string) => Promise<string>

const loginOf = async (
  options: AddOptions,
  found: Connection,
  { needed, asked }: { readonly needed: Needed; readonly asked: Asked },
): Promise<Pick<Answers, 'credentials' | 'secret'>> => {
  const { kubernetesRole, audience, secret } = options
  if (kubernetesRole !== undefined && secret !== undefined)
    throw usageError('--secret and --kubernetes-role: choose one of both')
  const role = kubernetesRole ?? (secret === undefined && isInCluster(found) ? await roleAsked(asked) : undefined)
  if (role !== undefined) return { credentials: { kubernetes: { role, ...(audience !== undefined && { audience }) } } }
  const usual = found.namespace && found.secretName ? `${found.namespace}/${found.secretName}` : undefined
  const text = await needed(
    secret,
    '--secret',
    'Secret store: NAMESPACE/NAME of the secret with role_id and secret_id',
    usual,
  )
  const named = namespacedName(text)
  if (!named) throw usageError(`--secret ${text}: write NAMESPACE/NAME, as in latchkey-vault/latchkey-vault-role`)
  return { credentials: { secret: named }, secret: named }
}

/** Whether the vault is in a cluster, which then can say whose token it is shown. */
const isInCluster = ({ namespace, internalUrl }: Connection): boolean =>
  namespace !== undefined || /\.svc(\.[\w.-]+)?(:\d+)?$/.test(internalUrl ?? '')

/**
 * Proposes the login that needs no secret. Where nobody answers, the AppRole stays: only a person knows whether that login
 * is set up.
 */
const roleAsked = async (asked: Asked): Promise<string | undefined> => {
  const role = await asked(
    'Role of a Kubernetes login, which needs no secret (- for the AppRole in a secret)',
    'latchkey',
  )
  return role === '-' ? undefined : role
}

/** Shows the details as people will see them, and asks again until they are right. */
const detailsOf = async (
  { accessDetails: given }: AddOptions,
  about: (given: string | undefined, question: string) => Promise<string | undefined>,
  io: Io,
): Promise<string | undefined> => {
  const text = await about(given, `How to use the access, as people read it (at most ${most} characters, may be empty)`)
  if (text === undefined) return undefined
  if ([...text].length > most) {
    const long = `${[...text].length} characters: at most ${most} are shown`
    if (given !== undefined) throw usageError(`--access-details: ${long}`)
    io.note(long)
    return detailsOf({}, about, io)
  }
  for (const line of preview(text)) io.note(line)
  if (given !== undefined) return text
  const isRight = await io.ask('Is that right? [Y/n]: ')
  return /^n/i.test(isRight?.trim() ?? '') ? detailsOf({}, about, io) : text
}

/** As on the card in chat, and on the page of the access. */
const preview = (text: string): readonly string[] => [
  `  In chat:      How to use it: ${printable(text)}`,
  `  On the page:  Good to know: ${printable(text)}`,
]
