import { chatKinds } from '../../chat/index.ts'
import type { Io } from '../io.ts'

/** Prints a file that passes `config check` as it is, once the people that it names exist. */
export const printExample = (io: Pick<Io, 'say'>): void => io.say(exampleConfig.trimEnd())

/** Every key there is; what is optional and differs from place to place is commented out. */
export const exampleConfig = `# The configuration of Latchkey. Lengths of time are written like 45s, 15m, 1h30m or 2d.
# Tokens and secrets never stand here; they come from the environment (NAME, or NAME_FILE for a mounted file):
#   OIDC_CLIENT_SECRET, if people sign in; AUDIT_WEBHOOK_SECRET, if the audit log goes to a webhook
# Check it with: latchkey config check. Complete it in an editor with: latchkey config schema.

# Where people's browsers reach Latchkey, and what it takes to see a credential.
link:
  baseUrl: https://latchkey.example.com
  inMessage: false #      true puts a link into each direct message: one click less, and a link in the chat
  revokeOnMisuse: true #  a link that two browsers tried: the credential ends
  # confirm: sign-in #    with signIn below; "none" makes the link alone enough

# signIn: #                 people prove who they are before they see a credential
#   issuer: https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0
#   clientId: 11111111-1111-1111-1111-111111111111
#   kind: entra #           entra, slack or generic
#   scopes: [] #            beside openid

# Where the server listens. Put a proxy with TLS before it.
listen:
  host: 127.0.0.1 #       0.0.0.0 in a container
  port: 8080

database: data/latchkey.sqlite # relative to this file; back it up with: latchkey backup
# journal: /mnt/other-disk/latchkey.names # names drawn at the vaults; beside the database unless said otherwise
people: people.yaml #            who is who; read again whenever it changes
keep: 400d #                     messages of closed requests and old passes; requests, access and the audit stay
logLevel: info #                 debug, info, warn or error
# caFile: /etc/ssl/company-ca.pem # trusted beside the system's authorities, wherever Latchkey calls

# Approving in chat is as strong as the chat account: ask for two factors there.
${Object.values(chatKinds)
  .map(({ example }) => example)
  .join('\n\n')}

# How often things are looked after. The defaults are right for almost everybody.
reconcile:
  claim: 60s
  wake: 15s
  discoverEvery: 5m #     new secrets are offered after at most this long
  tagsPerPass: 2000 #     owner tags that are read again each time, where a listing does not tell them
  resumeWithin: 1h #      a look that was interrupted is gone on with, if it is not older
  driftEvery: 5m #        what somebody changed at the vault is noticed after at most this long
  accountsEvery: 5m #     a person who was deactivated in the chat loses access after at most this long
  provedShare: 0.1 #      of planned ends; early ends are always proved

# What one person may do; more is refused with a reason.
limits:
  openRequests: 20 #      that wait for a decision at once
  requestsAnHour: 60
  refusalsAnHour: 30 #    written to the audit each; more are counted in one row
  searchesAMinute: 120 #  of the catalogue; each letter typed is one

# The audit log stands in the database. Whoever may write there could rewrite it whole; a head kept elsewhere shows that.
audit:
  headEvery: 1h
  # headTo: C0123456789 # a channel, as below; or https://… as a signed webhook
  # webhook: #            every row, as it happens
  #   url: https://siem.example.com/latchkey
  # syslog: #             the same, by syslog
  #   host: syslog.example.com
  #   port: 6514 #        as usual for tls; 601 for tcp, 514 for udp
  #   transport: tls #    tcp or udp for a server on this machine
  #   caFile: /etc/ssl/syslog-ca.pem
  #   unencrypted: false # true lets tcp and udp leave this machine

# metrics: #              for Prometheus; must not be reachable from outside
#   listen: 127.0.0.1:9464

integrations:
  - name: production
    requesters: [group:engineers] # who may ask: group:NAME or person:KEY of the people file
    owner: [group:platform] #       who decides where no resource owner does
    resourceOwner: #                optional: the owner of a secret decides
      key: owner #                  bao kv metadata put -custom-metadata=owner=databases kv/apps/db
      allow: [group:databases] #    whom a tag may name: whoever writes metadata must not choose who approves
      pinned: #                     where no tag counts
        - path: kv/breakglass/* #     * at the end: everything below
          owner: group:platform
    durations: [15m, 1h, 4h]
    decideWithin: 8h
    formerRequesters: tell #        or end: what comes of access whose holder may no longer ask
    accessDetails: Do not copy production data to your own machine.
    # channel: C0123456789 #        gets a copy of each request; with several chats { slack: C0123456789 }
    vault: #                        latchkey vault setup prepares it, and prints these lines
      internalUrl: https://vault.internal.example.com:8200
      externalUrl: https://vault.example.com
      # namespace: team #           best: one that holds only what may be asked for
      # caFile: /etc/ssl/vault-ca.pem
      # proxy: http://proxy.example.com:3128 # HTTPS_PROXY does not count for vaults
      credentials:
        folder: /run/secrets/latchkey-vault # with the files role_id and secret_id
        # file: /run/secrets/latchkey-vault.json
        # roleIdVariable: LATCHKEY_ROLE_ID
        # secretIdVariable: LATCHKEY_SECRET_ID
        # roleId: 22222222-2222-2222-2222-222222222222
        # wrappedSecretIdFile: /run/secrets/wrapped_secret_id
        # role: latchkey
      namePrefix: latchkey-
      kvMounts: [kv]
      transitMounts: [transit]
      # include: [kv/apps/*, transit/*] # only these paths; * is any text between slashes, at the end any rest
      # exclude: [kv/*/tmp/*] #           and none of these
      discovery:
        requestsPerSecond: 50 #    at most, when looking for secrets; 0: no limit
        concurrency: 8
      userpassMount: latchkey-users
      approleMount: latchkey-approle
      approleRole: latchkey
      # rotateEvery: 30d #          with the optional right rotate-credentials, where the folder can be written
      timeoutSeconds: 20
      wrapSeconds: 300
`
