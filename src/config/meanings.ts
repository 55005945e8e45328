import type { ChatKinds } from '../chat/kind.ts'

/** What each key of the configuration file says, as the rest of a sentence; `*` stands for the entries of a list. */
export type Meanings = Readonly<Record<string, string>>

const common: Meanings = {
  listen: 'where the server listens; put a proxy with TLS before it',
  'listen.host': 'its address; 0.0.0.0 for every one of this machine',
  'listen.port': 'its port',
  database: 'the SQLite file, relative to this file',
  keep: 'how long messages of closed requests, news that were delivered and old passes of discovery are remembered; requests, access and the audit log are kept for good',
  journal:
    'where the names drawn at the vaults are noted; best on another disk than the database, so that no restored copy forgets any; by default the name of the database with `.names` after it',
  people: 'the people file, relative to this file',
  caFile:
    'certificates to trust beside those of the system, PEM: for the chat, the issuer, webhooks, vaults and syslog without a caFile of their own',
  logLevel: 'the least important lines that are logged',

  link: 'the one-time links to credentials',
  'link.baseUrl': 'where the browsers of people reach Latchkey, such as https://latchkey.example.com',
  'link.inMessage':
    'put a link into the direct message itself, not only behind a button; of a person’s several accounts, into the first one’s',
  'link.revokeOnMisuse': 'end a credential whose link somebody else tried as well',
  'link.confirm': 'sign-in: who opens a link must also sign in; none: the link is enough',

  signIn: 'the OpenID Connect issuer at which people sign in before they see a credential',
  'signIn.issuer': 'its address, exactly as its tokens name it; the secret goes into OIDC_CLIENT_SECRET',
  'signIn.clientId': 'the id under which Latchkey is registered there',
  'signIn.kind': 'entra or slack for what is special there, else generic',
  'signIn.scopes': 'what is asked for beside openid',

  reconcile: 'how often things are looked after; the defaults are right for almost everybody',
  'reconcile.claim': 'how long a step of work is reserved for the process that began it',
  'reconcile.wake': 'the longest pause between two looks at what is due',
  'reconcile.discoverEvery': 'how often secrets and keys are looked up at each vault',
  'reconcile.tagsPerPass':
    'how many owner tags are read again after each look, where the listing of the vault does not tell them',
  'reconcile.resumeWithin': 'how old a look that was interrupted may be to be gone on with',
  'reconcile.driftEvery': 'how often each vault is compared with the database',
  'reconcile.accountsEvery': 'how often the chat is asked whether those with access are still active there',
  'reconcile.provedShare':
    'the share of planned ends that is proved with a canary login (0 to 1); early ends always are',

  limits: 'what one person may do; more is refused with a reason',
  'limits.openRequests': 'how many requests of one person may wait for a decision at once',
  'limits.requestsAnHour': 'how many requests one person may make within an hour',
  'limits.refusalsAnHour':
    'how many refusals of one person or stranger are written to the audit within an hour; more are counted in one row',
  'limits.searchesAMinute':
    'how often one person may search the catalogue within a minute; each letter typed is a search',

  audit: 'where the audit log goes beside the database',
  'audit.headEvery': 'how often the newest hash of the log is made known outside',
  'audit.headTo':
    'who gets it: a channel, written as for an integration, or an address that gets it as a signed webhook',
  'audit.webhook': 'a receiver of every row, signed',
  'audit.webhook.url': 'its address',
  'audit.syslog': 'a syslog server that gets every row',
  'audit.syslog.host': 'its name or address',
  'audit.syslog.port': 'its port',
  'audit.syslog.transport': 'tls; tcp for a server on this machine, or udp where lost rows do not matter',
  'audit.syslog.caFile': 'certificates to trust instead of those of the system, PEM; read anew at each connection',
  'audit.syslog.unencrypted':
    'true lets tcp and udp leave this machine, where whoever listens can read and change rows',

  metrics: 'numbers for Prometheus',
  'metrics.listen': 'where they are served: host and port, not reachable from outside',

  integrations: 'the vaults, at least one',
  'integrations.*.name': 'its name, as people type and read it',
  'integrations.*.requesters': 'who may ask, such as group:engineers',
  'integrations.*.owner': 'who decides where no resource owner does, such as group:platform',
  'integrations.*.resourceOwner': 'who decides about single secrets, by a tag at the vault',
  'integrations.*.resourceOwner.key':
    'the key in the custom metadata of a secret whose value names the group or person',
  'integrations.*.resourceOwner.allow': 'whom a tag may name; a tag that names anybody else counts for nothing',
  'integrations.*.resourceOwner.pinned': 'owners that no tag can change',
  'integrations.*.resourceOwner.pinned.*.path':
    'the path of the secret, mount first; with a * at its end, every path that begins so, such as kv/breakglass/*',
  'integrations.*.resourceOwner.pinned.*.owner': 'its owner',
  'integrations.*.durations': 'the lengths of access that are offered, such as [15m, 1h, 4h]',
  'integrations.*.decideWithin': 'how long a request waits for its decision',
  'integrations.*.formerRequesters':
    'what comes of the access of somebody who is no requester any more: tell its owners, or end it at once',
  'integrations.*.accessDetails': 'what people read beside their credential, at most 400 characters',
  'integrations.*.channel':
    'a channel that gets a copy of each request: its id; where there are several chats, the chat and the id',
  'integrations.*.vault': 'how the vault is reached',
  'integrations.*.vault.internalUrl': 'where Latchkey reaches the active node, such as https://vault.example.com:8200',
  'integrations.*.vault.externalUrl': 'where people reach it, if that differs',
  'integrations.*.vault.namespace': 'the namespace in it',
  'integrations.*.vault.caFile': 'certificates to trust instead of those of the system, PEM',
  'integrations.*.vault.proxy':
    'a proxy on the way to the vault, such as http://proxy.example.com:3128; HTTPS_PROXY does not count for vaults',
  'integrations.*.vault.credentials': 'where the role_id and secret_id of Latchkey lie; read anew at each login',
  'integrations.*.vault.credentials.folder': 'a folder with the files role_id and secret_id',
  'integrations.*.vault.credentials.file': 'a JSON file with role_id and secret_id',
  'integrations.*.vault.credentials.roleIdVariable': 'the environment variable with the role_id',
  'integrations.*.vault.credentials.secretIdVariable': 'the environment variable with the secret_id',
  'integrations.*.vault.credentials.roleId': 'the role_id, beside a wrapped secret_id',
  'integrations.*.vault.credentials.wrappedSecretIdFile': 'a file with the token that opens the secret_id once',
  'integrations.*.vault.credentials.role': 'the role for which it was made',
  'integrations.*.vault.namePrefix': 'every name that Latchkey leaves at the vault begins with it',
  'integrations.*.vault.kvMounts': 'the KV version 2 mounts that are offered',
  'integrations.*.vault.transitMounts': 'the Transit mounts that are offered',
  'integrations.*.vault.include': 'the paths that are offered, mount first; all of them where there is no pattern',
  'integrations.*.vault.exclude': 'those of them that are not; nobody looks into excluded folders',
  'integrations.*.vault.discovery': 'how much of the vault’s time looking for secrets, keys and owner tags may take',
  'integrations.*.vault.discovery.requestsPerSecond': 'how many requests a second at most; 0: no limit',
  'integrations.*.vault.discovery.concurrency': 'how many of them at once',
  'integrations.*.vault.userpassMount': 'the userpass mount for the people',
  'integrations.*.vault.approleMount': 'where Latchkey logs in',
  'integrations.*.vault.approleRole': 'the role as which it logs in',
  'integrations.*.vault.rotateEvery':
    'how often Latchkey renews its secret_id, such as 30d (right: rotate-credentials)',
  'integrations.*.vault.timeoutSeconds': 'the longest that one exchange with the vault may take',
  'integrations.*.vault.wrapSeconds': 'how long a person has to open a credential',
}

/** The whole table: each chat explains the keys of its own section. */
export const meaningsWith = (chats: ChatKinds): Meanings => ({
  ...common,
  ...Object.fromEntries(
    Object.entries(chats).flatMap(([chat, kind]) =>
      Object.entries(kind.meanings).map(([key, meaning]) => [key === '' ? chat : `${chat}.${key}`, meaning]),
    ),
  ),
})

/** The key of a path in the table above. */
export const meaningKey = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === 'number' ? '*' : String(part))).join('.')

/** Keys that may stand directly below a path. */
export const keysBelow = (path: readonly PropertyKey[], meanings: Meanings): readonly string[] => {
  const start = path.length === 0 ? '' : `${meaningKey(path)}.`
  const below = Object.keys(meanings).flatMap((key) => (key.startsWith(start) ? [key.slice(start.length)] : []))
  return below.filter((key) => !key.includes('.'))
}
