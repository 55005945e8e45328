import { chatKinds } from '../../chat/index.ts'
import type { Io } from '../io.ts'

/** Prints a file that passes `config check` as soon as the people in it exist. */
export const printExample = (io: Pick<Io, 'say'>): void => io.say(exampleConfig.trimEnd())

/** Every key. Optional keys that depend on the place are commented out. */
export const exampleConfig = `# The configuration of Latchkey. Lengths of time are written like 45s, 15m, 1h30m or 2d.
# Tokens and secrets come from the environment, never from this file (NAME, or NAME_FILE for a mounted file):
#   OIDC_CLIENT_SECRET, if people sign in; AUDIT_WEBHOOK_SECRET and EVENTS_WEBHOOK_SECRET, if these go to a webhook
# Check it with: latchkey config check. Complete it in an editor with: latchkey config schema.

# Where people's browsers reach Latchkey, and what a person needs to see a credential.
link:
  baseUrl: https://latchkey.example.com
  inMessage: false #      true puts a link into each direct message: one click less, and a link in the chat
  revokeOnMisuse: true #  revoke a credential when a second browser tries its link
  # confirm: sign-in #    with signIn below; "none" makes the link alone enough

# signIn: #                 people prove who they are before they see a credential
#   issuer: https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0
#   clientId: 11111111-1111-1111-1111-111111111111
#   kind: entra #           entra, slack or generic
#   scopes: [] #            beside openid

# api: #                    people's own programs may call the API with access tokens of that issuer
#   audience: https://latchkey.example.com/api
#   clients: [22222222-2222-2222-2222-222222222222]

terminal:
  deviceCode: false #     true, with signIn: people may also type a code on our page, where no browser is at hand

# Where the server listens. Put a proxy with TLS in front of it.
listen:
  host: 127.0.0.1 #       0.0.0.0 in a container
  port: 8080

database: data/latchkey.sqlite # relative to this file; back it up with: latchkey backup
# dataFolder: data # with PostgreSQL (postgres://latchkey@db.example.com/latchkey?sslmode=verify-full): socket, journal and key
# journal: /mnt/other-disk/latchkey.names # names drawn at the vaults; by default beside the database
people: people.yaml #            who is who; read again whenever it changes
keep: 400d #                     messages of closed requests and old passes; requests, access and the audit stay
logLevel: info #                 debug, info, warn or error
# caFile: /etc/ssl/company-ca.pem # trusted besides the system's authorities, for all calls of Latchkey

# An approval in chat is as secure as the chat account: require two factors there.
${Object.values(chatKinds)
  .map(({ example }) => example)
  .join('\n\n')}

# How often the background work runs. The defaults suit nearly everybody.
reconcile:
  claim: 60s
  wake: 15s
  discoverEvery: 5m #     new secrets are on offer after at most this time
  tagsPerPass: 2000 #     known owner tags read again per pass, where the listing lacks them
  resumeWithin: 1h #      resume an interrupted discovery pass if it is younger than this
  driftEvery: 5m #        a change at the vault is noticed after at most this time
  accountsEvery: 5m #     a person deactivated in the chat loses access after at most this time
  provedShare: 0.1 #      of planned ends; early ends are always proved

# Limits for one person. Latchkey refuses more and says why.
limits:
  openRequests: 20 #      pending at once
  requestsAnHour: 60
  refusalsAnHour: 30 #    each with its own audit row; one row counts the rest
  searchesAMinute: 120 #  each typed letter is one
  callsAMinute: 600 #     of the API

# The audit log is in the database. Anyone who can write there can rewrite it; a head kept elsewhere reveals that.
audit:
  headEvery: 1h
  # headTo: { slack: C0123456789 } # a channel, as below; or https://… as a signed webhook
  # webhook: #            every row, as it happens
  #   url: https://siem.example.com/latchkey
  # syslog: #             the same, by syslog
  #   host: syslog.example.com
  #   port: 6514 #        usual for tls; 601 for tcp, 514 for udp
  #   transport: tls #    tcp or udp for a server on this machine
  #   caFile: /etc/ssl/syslog-ca.pem
  #   unencrypted: false # true allows tcp and udp to other machines

# auditors: [group:auditors] # who may read the audit log and the events by API

# operators: [{ role: operate, # who may do what as an operator: read, operate, audit or freeze
#   people: [group:platform], # without it, whoever may open the control socket may do everything there
#   unixUsers: [latchkey, alice] }] # users of this machine
# operatorsFolder: /run/latchkey-operators # the socket of unix users other than Latchkey's own and root

# pipelines: [{ key: deploy, # CI jobs that ask by API, shown as “pipeline deploy”; owners decide in chat, as always
#   issuer: https://token.actions.githubusercontent.com, audience: https://latchkey.example.com,
#   jwksUrl: https://token.actions.githubusercontent.com/.well-known/jwks, # if there is no discovery document
#   claims: { repository: acme/shop, ref: refs/heads/main }, # exact; at least one names the project
#   groups: [pipelines] }] # of the people file; a group of requesters that own nothing

# events: #               request.submitted, access.ended and so on, for your own programs
#   webhook:
#     url: https://automation.example.com/latchkey

# metrics: #              for Prometheus; must not be reachable from outside
#   listen: 127.0.0.1:9464

integrations:
  - name: production
    requesters: [group:engineers] # who may request access: group:NAME or person:KEY of the people file
    owner: [group:platform] #       who decides where no resource owner does
    resourceOwner: #                optional: the owner of a secret decides
      key: owner #                  bao kv metadata put -custom-metadata=owner=databases kv/apps/db
      allow: [group:databases] #    the owners that a tag may name: writers of metadata must not choose the approver
      pinned: #                     owners that no tag can change
        - path: kv/breakglass/* #     a final * matches everything below
          owner: group:platform
    durations: [15m, 1h, 4h]
    decideWithin: 8h
    formerRequesters: tell #        or end: what happens to access of a former requester
    accessDetails: Do not copy production data to your own machine.
    # channel: { slack: C0123456789 } # gets a copy of each request; with one chat the id alone
    vault: #                        latchkey vault setup prepares it, and prints these lines
      internalUrl: https://vault.internal.example.com:8200
      externalUrl: https://vault.example.com
      # namespace: team #           best: one with only the secrets on offer
      # caFile: /etc/ssl/vault-ca.pem
      # proxy: http://proxy.example.com:3128 # HTTPS_PROXY does not apply to vaults
      credentials:
        folder: /run/secrets/latchkey-vault # with the files role_id and secret_id
        # file: /run/secrets/latchkey-vault.json
        # roleIdVariable: LATCHKEY_ROLE_ID
        # secretIdVariable: LATCHKEY_SECRET_ID
        # roleId: 22222222-2222-2222-2222-222222222222
        # wrappedSecretIdFile: /run/secrets/wrapped_secret_id
        # role: latchkey
        # secret: { namespace: latchkey-vault, name: latchkey-vault-role } # read by the pod's service account
        # kubernetes: #           in a cluster, best: no secret_id at all
        #   role: latchkey
        #   mount: kubernetes
        #   tokenFile: /var/run/secrets/latchkey/vault/token # a projected token
        #   audience: vault #     as in the role; never leave it out there
        # jwt: { role: latchkey, mount: jwt, tokenFile: /run/secrets/token, audience: https://vault.example.com }
      # credentials: remote #       a connector beside the vault holds them
      namePrefix: latchkey-
      kvMounts: [kv]
      transitMounts: [transit]
      # databaseMounts: [database] #  roles that make a login, a certificate or a signature at each use
      # sshMounts: [ssh]
      # pkiMounts: [pki]
      # certificateLife: 10m #      how long a certificate may outlast the access
      # include: [kv/apps/*, transit/*] # only these paths; * matches within slashes, a final * everything
      # exclude: [kv/*/tmp/*] #           but not these
      # management: [{ path: kv/apps/, #  a folder that people may manage for a time,
      #   permissions: [ReadOnly, ReadWrite] }] # with everything beneath it
      # rotation: [{ path: kv/shop/*, # who writes a new value after a secret was read; * matches everything below
      #   webhook: https://rotation.example.com/latchkey,
      #   secretFile: /run/secrets/rotation-key }] # the key of its signatures
      # keyExport: [transit/escrow-*] # keys that people may take out of the vault, in an emergency
      # controlGroups: [{ #         OpenBao’s own control groups become cards (right control-groups)
      #   group: managers, #        the identity group at the vault
      #   members: [group:platform],
      #   paths: [kv/shop/*] }] #   where it decides
      # workloads: #                jobs, service accounts and pipelines get access too (right workloads)
      #   approleMount: latchkey-workloads # for jobs and services; made by vault setup --with workloads
      #   kubernetes: [{ mount: kubernetes, audience: vault,
      #     namespaces: [shop], #   their service accounts, by exact name
      #     label: production }]
      #   jwt: [{ mount: jwt, audience: https://vault.example.com, claims: [repository, ref], label: CI }]
      # contained: #                instead: Latchkey writes nothing, and lends what an administrator wrote
      #     policies:
      #       - name: lend-shop
      #         gives: [{
      #           type: secret, path: kv/shop/*, permissions: [read] }]
      #       - name: lend-special #  an administrator's own: exactly these
      #         rules: { kv/data/special: [read] }
      #     roles:
      #       - name: latchkey-lend
      #         policies: [lend-shop, lend-special]
      #         longest: 8h
      #         aliases: false
      # audit: { file: /var/log/openbao/audit.log, # the vault's own log: what was done with each access
      #   device: file } #          its name at the vault, to compare the tokens of lines
      # # audit: { #                or instead: Latchkey listens, and the vault connects to it
      # #   socket: 127.0.0.1:9091, device: file }
      discovery:
        requestsPerSecond: 50 #    at most, for discovery; 0: no limit
        concurrency: 8
      userpassMount: latchkey-users
      approleMount: latchkey-approle
      approleRole: latchkey
      # rotateEvery: 30d #          needs the optional right rotate-credentials and a writable folder
      timeoutSeconds: 20
      wrapSeconds: 300
`
