import type { ChatKinds } from '../chat/kind.ts'

/** The meaning of each configuration key, as the rest of a sentence; `*` stands for the entries of a list. */
export type Meanings = Readonly<Record<string, string>>

const common: Meanings = {
  listen: 'the address and port of the server; put a proxy with TLS in front of it',
  'listen.host': 'the address to listen on; 0.0.0.0 listens on every address of this machine',
  'listen.port': 'the port to listen on',
  database:
    'the SQLite file, relative to this file, or postgres://USER@HOST/NAME?sslmode=verify-full; the password belongs into DATABASE_URL',
  dataFolder:
    'with PostgreSQL: the folder of this process alone for the operators’ socket, the journal and the key for remote connectors',
  keep: 'how long messages of closed requests, delivered news and old discovery passes are kept (requests, grants, audit: forever)',
  journal:
    'the journal of drawn vault names (default: database name plus `.names`, or latchkey.names in dataFolder); another disk protects it when the database is restored',
  people: 'the people file, relative to this file',
  caFile:
    'extra CA certificates (PEM) for the chat, the issuer, webhooks, vaults and syslog, unless these have their own caFile',
  logLevel: 'the lowest level that is logged',

  link: 'the one-time links to credentials',
  'link.baseUrl':
    'the address of Latchkey for people’s browsers, terminals and programs, such as https://latchkey.example.com',
  'link.inMessage':
    'whether the direct message contains the link itself, not only a button; with several accounts, only the first gets it',
  'link.revokeOnMisuse': 'whether to revoke a credential when a second browser tries its link',
  'link.confirm': 'sign-in: people must also sign in to open a link; none: the link is enough',

  signIn: 'the OpenID Connect issuer where people sign in before they see a credential',
  'signIn.issuer': 'the issuer’s address, exactly as in its tokens; put the client secret in OIDC_CLIENT_SECRET',
  'signIn.clientId': 'the client id of Latchkey at the issuer',
  'signIn.kind': 'the kind of issuer: entra, slack or generic',
  'signIn.scopes': 'scopes to request besides openid',

  api: 'access tokens of the issuer with which people’s own programs may call the API (JWT, RFC 9068)',
  'api.audience': 'what the issuer calls our API: the `aud` of its access tokens, never the client id of signIn',
  'api.clients': 'the client ids whose access tokens count',

  terminal: 'how people sign in from a terminal',
  'terminal.deviceCode':
    'true: with an issuer, people may also type a code on our page, for machines without a browser',

  reconcile: 'how often the background work runs; the defaults suit nearly everybody',
  'reconcile.claim': 'how long one process may hold the claim on a step of work',
  'reconcile.wake': 'the longest pause between two checks for due work',
  'reconcile.discoverEvery': 'how often discovery lists the secrets and keys of each vault',
  'reconcile.tagsPerPass':
    'how many known owner tags each discovery pass reads again, where the vault’s listing does not contain them',
  'reconcile.resumeWithin': 'the age up to which an interrupted discovery pass is resumed',
  'reconcile.driftEvery': 'how often each vault is compared with the database',
  'reconcile.accountsEvery': 'how often the chat is asked whether people with access still have an active account',
  'reconcile.provedShare':
    'the share of planned ends that are proved by a test login, or by a trial token where Latchkey only lends (0 to 1); early ends always are',

  limits: 'limits for one person; Latchkey refuses more and says why',
  'limits.openRequests': 'how many requests of one person may be pending at once',
  'limits.requestsAnHour': 'how many requests one person may make in an hour',
  'limits.refusalsAnHour': 'how many refusals of one actor in an hour get an audit row each; one row counts the rest',
  'limits.searchesAMinute':
    'how many searches for resources one person may make in a minute; each typed letter is a search',
  'limits.callsAMinute': 'how many calls of the API one person may make in a minute',

  audit: 'where the audit log goes besides the database',
  'audit.headEvery': 'how often the newest hash of the audit log is published',
  'audit.headTo': 'who gets that hash: a channel, written as for an integration, or an address for a signed webhook',
  'audit.webhook': 'a receiver that gets every audit row as a signed webhook',
  'audit.webhook.url': 'the address of the receiver',
  'audit.syslog': 'a syslog server that gets every audit row',
  'audit.syslog.host': 'the name or address of the server',
  'audit.syslog.port': 'the port of the server',
  'audit.syslog.transport': 'tls, or, for a server on this machine, tcp or udp (udp may lose rows)',
  'audit.syslog.caFile': 'CA certificates (PEM) that replace the system’s; read again for each connection',
  'audit.syslog.unencrypted': 'true allows tcp and udp to other machines; the network can then read and change rows',

  events: 'what happens to requests and access, for other programs',
  'events.webhook': 'a receiver that gets each event as a signed webhook',
  'events.webhook.url': 'the address of the receiver; put the key of the signatures in EVENTS_WEBHOOK_SECRET',

  pipelines: 'CI jobs that ask for access by API, each known by the tokens of its CI system; they never decide',
  'pipelines.*.key': 'the name of the pipeline; as a requester it is `pipeline-KEY`, shown as “pipeline KEY”',
  'pipelines.*.issuer':
    'the CI system exactly as its tokens name it, such as https://token.actions.githubusercontent.com',
  'pipelines.*.audience': 'what the job asks its CI system to call us, and nothing besides',
  'pipelines.*.jwksUrl': 'where the keys of the issuer are, if it has no discovery document',
  'pipelines.*.claims': 'the exact claims of its runs; at least one names the project',
  'pipelines.*.groups': 'the groups of the people file in which it is a requester, and nobody who decides',

  auditors: 'who may read the audit log and the events by API, such as group:auditors; the same as the role audit',
  operators:
    'who may do what as an operator of Latchkey; without it, whoever may open the control socket does everything',
  'operators.*.role': 'read, operate, audit or freeze; nothing needs freeze yet',
  'operators.*.people': 'people and groups of the people file who hold it, by API and in a browser',
  'operators.*.unixUsers': 'users of this machine who hold it, by name or number, with the latchkey command',
  operatorsFolder: 'a folder with a socket for those users, such as /run/latchkey-operators; see src/control/README.md',

  metrics: 'metrics for Prometheus',
  'metrics.listen': 'the host and port that serve the metrics; keep them unreachable from outside',

  integrations: 'the vaults, at least one',
  'integrations.*.name': 'the name that people see and type',
  'integrations.*.requesters': 'who may request access, such as group:engineers',
  'integrations.*.owner': 'who decides where no resource owner does, such as group:platform',
  'integrations.*.resourceOwner': 'the tag at the vault that names who decides on a secret',
  'integrations.*.resourceOwner.key':
    'the key in a secret’s custom metadata whose value names the owning group or person',
  'integrations.*.resourceOwner.allow': 'the owners that a tag may name; Latchkey ignores a tag that names another',
  'integrations.*.resourceOwner.pinned': 'owners that no tag can change',
  'integrations.*.resourceOwner.pinned.*.path':
    'the path of a secret, mount first; a final * matches every path with that beginning, such as kv/breakglass/*',
  'integrations.*.resourceOwner.pinned.*.owner': 'the owner of these paths',
  'integrations.*.durations': 'the lengths of access on offer, such as [15m, 1h, 4h]',
  'integrations.*.decideWithin': 'how long a request waits for its decision',
  'integrations.*.formerRequesters':
    'what happens to access when its holder is no longer a requester: tell its owners, or end it at once',
  'integrations.*.accessDetails': 'a note that people read beside their credential, at most 400 characters',
  'integrations.*.channel': 'the id of a channel that gets a copy of each request',
  'integrations.*.vault': 'how to reach the vault',
  'integrations.*.vault.rotation': 'receivers that write a new value after a secret was read; the first match counts',
  'integrations.*.vault.rotation.*.path': 'the path of a secret, mount first; a final * matches any rest',
  'integrations.*.vault.rotation.*.webhook': 'the address of the receiver, which gets a signed webhook for each secret',
  'integrations.*.vault.rotation.*.secretFile': 'the file with the key of its signatures; read again at each call',
  'integrations.*.vault.internalUrl':
    'the address of the active node for Latchkey, such as https://vault.example.com:8200',
  'integrations.*.vault.externalUrl': 'the address of the vault for people, if it differs',
  'integrations.*.vault.namespace': 'the namespace in the vault',
  'integrations.*.vault.caFile':
    'CA certificates (PEM) that replace the system’s; read again when a certificate is not trusted',
  'integrations.*.vault.proxy':
    'a proxy to the vault, such as http://proxy.example.com:3128; HTTPS_PROXY does not apply to vaults',
  'integrations.*.vault.credentials':
    'what Latchkey logs in with, read again at each login: role_id and secret_id, or a token; `remote`: a connector beside the vault holds it',
  'integrations.*.vault.credentials.folder': 'a folder with the files role_id and secret_id',
  'integrations.*.vault.credentials.file': 'a JSON file with role_id and secret_id',
  'integrations.*.vault.credentials.roleIdVariable': 'the environment variable with the role_id',
  'integrations.*.vault.credentials.secretIdVariable': 'the environment variable with the secret_id',
  'integrations.*.vault.credentials.roleId': 'the role_id, beside a wrapped secret_id',
  'integrations.*.vault.credentials.wrappedSecretIdFile':
    'a file with the wrapping token, which can be exchanged once for the secret_id',
  'integrations.*.vault.credentials.role': 'the AppRole to which the wrapped secret_id belongs',
  'integrations.*.vault.credentials.secret':
    'a Kubernetes secret with role_id and secret_id, read by the service account of Latchkey’s pod',
  'integrations.*.vault.credentials.secret.namespace': 'its namespace',
  'integrations.*.vault.credentials.secret.name': 'its name',
  'integrations.*.vault.credentials.kubernetes':
    'the login by Kubernetes auth with a projected token of a service account; best where both run in one cluster',
  'integrations.*.vault.credentials.kubernetes.role': 'the role of the Kubernetes method',
  'integrations.*.vault.credentials.kubernetes.mount': 'the mount of the Kubernetes method',
  'integrations.*.vault.credentials.kubernetes.tokenFile': 'the file with the token',
  'integrations.*.vault.credentials.kubernetes.audience':
    'the audience of that token; the role must have the same, and another token is not sent',
  'integrations.*.vault.credentials.jwt': 'the login by JWT auth with a token of an issuer that the vault trusts',
  'integrations.*.vault.credentials.jwt.role': 'the role of the JWT method',
  'integrations.*.vault.credentials.jwt.mount': 'the mount of the JWT method',
  'integrations.*.vault.credentials.jwt.tokenFile': 'the file with the token',
  'integrations.*.vault.credentials.jwt.audience':
    'the audience of that token; the role must have the same, and another token is not sent',
  'integrations.*.vault.namePrefix': 'the prefix of every name that Latchkey creates at the vault',
  'integrations.*.vault.kvMounts': 'the KV version 2 mounts on offer',
  'integrations.*.vault.transitMounts': 'the Transit mounts on offer',
  'integrations.*.vault.databaseMounts': 'the database mounts whose roles people may use (default: none)',
  'integrations.*.vault.sshMounts': 'the SSH mounts whose roles sign keys for people (default: none)',
  'integrations.*.vault.pkiMounts': 'the PKI mounts whose roles issue certificates to people (default: none)',
  'integrations.*.vault.certificateLife':
    'how long a certificate of ssh and pki lives, and so may outlast the access; at most the shortest of durations',
  'integrations.*.vault.include': 'patterns of the paths on offer, mount first (default: every path)',
  'integrations.*.vault.exclude': 'patterns of paths that are not on offer; discovery does not list excluded folders',
  'integrations.*.vault.management':
    'KV mounts and folders that people may manage, with everything beneath them (default: none)',
  'integrations.*.vault.management.*.path': 'the mount or folder; each folder beneath it is offered, too',
  'integrations.*.vault.management.*.permissions':
    'ReadOnly (list, fetch), ReadWrite (also create, update) and Admin (also delete), as far as they are offered',
  'integrations.*.vault.keyExport':
    'patterns of Transit keys whose material people may ask for in an emergency; only exportable keys have any (default: none)',
  'integrations.*.vault.controlGroups':
    'who decides where OpenBao’s own control groups ask for it (default: Latchkey has nothing to do with them; needs the right control-groups)',
  'integrations.*.vault.controlGroups.*.group': 'the identity group that the vault’s policies name',
  'integrations.*.vault.controlGroups.*.members':
    'the people who are in it, who get the cards; the vault itself judges who is',
  'integrations.*.vault.controlGroups.*.paths':
    'patterns of the paths on which this group decides, mount first (default: every path of the integration)',
  'integrations.*.vault.workloads': 'who else may get access than people (default: nobody; needs the right workloads)',
  'integrations.*.vault.workloads.approleMount':
    'the AppRole mount for jobs and services, of Latchkey alone; without it these are not offered',
  'integrations.*.vault.workloads.kubernetes': 'clusters whose service accounts may get access',
  'integrations.*.vault.workloads.kubernetes.*.mount': 'the mount of the Kubernetes method for this cluster',
  'integrations.*.vault.workloads.kubernetes.*.audience': 'the audience that the tokens of pods must have',
  'integrations.*.vault.workloads.kubernetes.*.namespaces': 'the exact namespaces; no wildcards',
  'integrations.*.vault.workloads.kubernetes.*.label': 'its name in forms',
  'integrations.*.vault.workloads.jwt': 'issuers whose tokens may get access, such as those of a CI system',
  'integrations.*.vault.workloads.jwt.*.mount': 'the mount of the JWT method for this issuer',
  'integrations.*.vault.workloads.jwt.*.audience': 'the audience that its tokens must have',
  'integrations.*.vault.workloads.jwt.*.claims':
    'the claims that a request may name, `ref` or `environment` among them: one of these must be given',
  'integrations.*.vault.workloads.jwt.*.label': 'its name in forms',
  'integrations.*.vault.audit':
    'where the vault writes what was done with each access: Latchkey reads it and shows it (default: nobody looks)',
  'integrations.*.vault.audit.file': 'the file of its audit device, as Latchkey sees it',
  'integrations.*.vault.audit.socket':
    'instead of file: where Latchkey listens for its audit device: a loopback address with a port, or the path of a socket',
  'integrations.*.vault.audit.device':
    'the name of the audit device, for comparing tokens: its policy then needs `update` on sys/audit-hash/NAME',
  'integrations.*.vault.contained':
    'what an administrator lends: with it, Latchkey writes no policy, user or role (default: Latchkey writes its own)',
  'integrations.*.vault.contained.policies': 'the policies that may be lent, which an administrator wrote',
  'integrations.*.vault.contained.policies.*.name': 'its exact name at the vault',
  'integrations.*.vault.contained.policies.*.gives':
    'what it gives, in the words of a request; its rules are made from this',
  'integrations.*.vault.contained.policies.*.gives.*.type': 'the type of resource, such as secret or key',
  'integrations.*.vault.contained.policies.*.gives.*.path': 'one path, or all beneath a folder or mount: kv/shop/*',
  'integrations.*.vault.contained.policies.*.gives.*.permissions': 'the permissions on it, such as read',
  'integrations.*.vault.contained.policies.*.rules': 'instead of gives: exactly these capabilities, by path',
  'integrations.*.vault.contained.roles': 'the token roles that lend them',
  'integrations.*.vault.contained.roles.*.name': 'its name at auth/token/roles',
  'integrations.*.vault.contained.roles.*.policies': 'the policies that it lends together, by exact name',
  'integrations.*.vault.contained.roles.*.longest': 'the longest life of its tokens, such as 8h',
  'integrations.*.vault.contained.roles.*.aliases':
    'whether each token belongs to an entity of its person; the role allows the prefix (default: false)',
  'integrations.*.vault.discovery': 'how much load discovery may put on the vault',
  'integrations.*.vault.discovery.requestsPerSecond': 'the most requests in a second; 0: no limit',
  'integrations.*.vault.discovery.concurrency': 'the most requests at once',
  'integrations.*.vault.userpassMount': 'the userpass mount for people’s logins',
  'integrations.*.vault.approleMount': 'the AppRole mount where Latchkey logs in with a secret_id',
  'integrations.*.vault.approleRole': 'the AppRole of Latchkey there',
  'integrations.*.vault.rotateEvery':
    'how often Latchkey renews its secret_id, such as 30d (needs the right rotate-credentials)',
  'integrations.*.vault.timeoutSeconds': 'the time limit for one exchange with the vault, in seconds',
  'integrations.*.vault.wrapSeconds': 'how many seconds a person has to unwrap a wrapped token',
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

/** The keys directly below a path. */
export const keysBelow = (path: readonly PropertyKey[], meanings: Meanings): readonly string[] => {
  const start = path.length === 0 ? '' : `${meaningKey(path)}.`
  const below = Object.keys(meanings).flatMap((key) => (key.startsWith(start) ? [key.slice(start.length)] : []))
  return below.filter((key) => !key.includes('.'))
}
