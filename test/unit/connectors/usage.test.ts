import { expect, test } from 'vitest'
import { noMounts } from '../../../src/connectors/vault/engines.ts'
import { vaultParams } from '../../../src/connectors/vault/params.ts'
import { cannotEnd, commandsFor, manualRevoke, signInAddress, usageOf } from '../../../src/connectors/vault/usage.ts'
import { integrationId, resourceId } from '../../../src/domain/ids.ts'
import type { Item } from '../../../src/domain/resource.ts'
import { secret } from '../../../src/domain/secret.ts'
import { seconds } from '../../../src/domain/time.ts'

const item = (type: string, path: string, permission: string): Item => ({
  resource: resourceId(path),
  type,
  path,
  permission,
})
const where = (more: object = {}) => ({
  params: vaultParams.parse({ internalUrl: 'http://internal:8200', credentials: { folder: '/c' }, ...more }),
  mounts: { ...noMounts, kv: ['kv', 'team/kv'], transit: ['transit'], database: ['database'] },
})
const text = '"$(printf %s TEXT | base64)"'

test.each([
  ['secret', 'kv/apps/db', 'read', 'bao kv get -mount=kv apps/db'],
  ['secret', 'team/kv/apps/db', 'read', 'bao kv get -mount=team/kv apps/db'],
  ['secret', "kv/it's $HOME; rm", 'read', "bao kv get -mount=kv 'it'\\''s $HOME; rm'"],
  ['secret', 'kv/-help', 'read', 'bao kv get -mount=kv -- -help'],
  ['key', 'transit/k', 'encrypt', `bao write transit/encrypt/k plaintext=${text}`],
  ['key', 'transit/k', 'decrypt', 'bao write transit/decrypt/k ciphertext=CIPHERTEXT'],
  ['key', 'transit/k', 'sign', `bao write transit/sign/k input=${text}`],
  ['key', 'transit/k', 'rewrap', 'bao write transit/rewrap/k ciphertext=CIPHERTEXT'],
  ['key', 'transit/k', 'hmac', `bao write transit/hmac/k input=${text}`],
  ['key', 'transit/k', 'read', 'bao read transit/keys/k'],
  ['key', 'transit/k', 'verify', `bao write transit/verify/k input=${text} signature=SIGNATURE`],
])('the command for %s %s %s', (type, path, permission, command) => {
  expect(commandsFor(where(), 'openbao', [item(type, path, permission)])).toEqual([command])
})

test('the commands for a database make one login each, and the second takes both fields from one answer', () => {
  expect(commandsFor(where(), 'openbao', [item('database', 'database/app', 'connect')])).toEqual([
    'bao read database/creds/app',
    `eval "$(bao read -format=json database/creds/app | jq -r '.data | @sh "export PGUSER=\\(.username) PGPASSWORD=\\(.password)"')" && psql -h HOST -d DATABASE || echo 'The last line is for PostgreSQL, and needs jq and psql.'`,
  ])
})

test('a page says which words are to be filled in, and shows something only where the vault has a page', () => {
  const mounts = { ...where().mounts, ssh: ['ssh'], pki: ['pki'] }
  const context = { ...where(), mounts, integration: integrationId('production'), authority: () => undefined }
  const usage = (...items: readonly Item[]) => {
    const { fillIn, hasPage } = usageOf(context, 'openbao', items)
    return { fillIn, hasPage }
  }
  const [ssh, pki] = [item('ssh', 'ssh/prod/deploy', 'sign'), item('pki', 'pki/web', 'issue')]
  expect(usage(ssh)).toEqual({ fillIn: undefined, hasPage: undefined })
  expect(usage(pki, pki, item('database', 'database/app', 'connect'))).toEqual({
    ...{ fillIn: ['NAME', 'HOST', 'DATABASE'], hasPage: undefined },
  })
  expect(usage(item('secret', 'kv/a', 'read'))).toEqual({ fillIn: undefined, hasPage: true })
})

test('what the end of a login leaves is said by its role where that was read, else as it may be', () => {
  const items = [item('database', 'database/app', 'connect')]
  expect(cannotEnd(where(), items).join()).toContain('unless the revocation statements of the role end them')
  const facts = { life: seconds(3600), endsSessions: true, givesObjectsAway: true }
  const databaseRoles = new Map([['database/app', facts]])
  expect(cannotEnd({ ...where(), databaseRoles }, items)).toEqual([
    'Each use of app makes a login of its own, for 1 hour or until the access ends, whichever is first. The end closes its open sessions, and what it owns goes to another role.',
  ])
})

test('the commands for a folder and for a whole mount are those of the permission', () => {
  const commands = (path: string, permission: string) =>
    commandsFor(where(), 'openbao', [item('management', path, permission)])
  expect(commands('kv/my apps/', 'Admin')).toEqual([
    "bao kv list -mount=kv 'my apps/'",
    "bao kv get -mount=kv 'my apps/NAME'",
    "bao kv put -mount=kv 'my apps/NAME' KEY=VALUE",
    "bao kv patch -mount=kv 'my apps/NAME' KEY=VALUE",
    "bao kv delete -mount=kv 'my apps/NAME'",
    "bao kv undelete -versions=VERSION -mount=kv 'my apps/NAME'",
  ])
  expect(commands('team/kv/', 'ReadOnly')).toEqual(['bao kv list team/kv/', 'bao kv get -mount=team/kv NAME'])
  expect(commands('kv/apps/', 'ReadWrite')).toHaveLength(4)
})

test('the page of a folder is its listing', () => {
  const pageOf = (flavour: 'openbao' | 'vault', path: string) =>
    new URL(signInAddress(where(), flavour, [item('management', path, 'ReadOnly')], secret('s.wrap'))).searchParams.get(
      'redirect_to',
    )
  expect(pageOf('openbao', 'kv/apps/')).toBe('/vault/secrets/kv/list/apps/')
  expect(pageOf('openbao', 'kv/')).toBe('/vault/secrets/kv/list')
  expect(pageOf('vault', 'team/kv/apps/')).toBe('/vault/secrets/team%2Fkv/kv/list/apps/')
})

test('on HashiCorp Vault the program is called vault', () => {
  expect(commandsFor(where(), 'vault', [item('secret', 'kv/a', 'read')])).toEqual(['vault kv get -mount=kv a'])
})

test('the sign-in address carries the wrapping token and opens the first item that has a page', () => {
  const items = [item('key', 'transit/k', 'sign'), item('secret', 'kv/apps/my db', 'read')]
  const more = { externalUrl: 'https://vault.example/', namespace: 'team' }
  const page = (flavour: 'openbao' | 'vault') => new URL(signInAddress(where(more), flavour, items, secret('s.wrap')))
  expect(page('openbao').origin + page('openbao').pathname).toBe('https://vault.example/ui/vault/auth')
  expect(Object.fromEntries(page('openbao').searchParams)).toEqual({
    redirect_to: '/vault/secrets/kv/show/apps/my%20db',
    with: 'token',
    namespace: 'team',
    wrapped_token: 's.wrap',
  })
  expect(page('vault').searchParams.get('redirect_to')).toBe('/vault/secrets/kv/kv/apps%2Fmy%20db/details')
})

test.each([
  ['team/kv/apps/db', '/vault/secrets/team%2Fkv/show/apps/db', '/vault/secrets/team%2Fkv/kv/apps%2Fdb/details'],
  ['kv/a?b#c/100%', '/vault/secrets/kv/show/a%3Fb%23c/100%25', '/vault/secrets/kv/kv/a%3Fb%23c%2F100%25/details'],
])('the page of %s is named in encoded parts, the mount being one of them', (path, openBao, vault) => {
  const pageAt = (flavour: 'openbao' | 'vault') =>
    new URL(signInAddress(where(), flavour, [item('secret', path, 'read')], secret('s.wrap'))).searchParams.get(
      'redirect_to',
    )
  expect([pageAt('openbao'), pageAt('vault')]).toEqual([openBao, vault])
})

test('a key has no page that its rights would open', () => {
  const address = signInAddress(where(), 'openbao', [item('key', 'transit/k', 'sign')], secret('s.wrap'))
  expect(address).toBe('http://internal:8200/ui/vault/auth?with=token&wrapped_token=s.wrap')
})

test('ending by hand deletes every policy of the handle, and ends the tokens where they matter', () => {
  const handle = { policies: ['apono-a', 'apono-b'] }
  expect(manualRevoke(where(), 'openbao', handle)).toBe('bao policy delete apono-a && bao policy delete apono-b')
  expect(manualRevoke(where({ namespace: 'a team' }), 'vault', { policies: ['apono-a'] })).toBe(
    "vault policy delete '-namespace=a team' apono-a",
  )
  expect(manualRevoke(where(), 'openbao', { policies: ['apono-a'], accessors: ['acc'], endsBy: 'token' })).toBe(
    'bao policy delete apono-a && bao token revoke -accessor acc',
  )
})
