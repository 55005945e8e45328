import { describe, expect, it } from 'vitest'
import { secret } from '../../../src/domain/secret.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { commandsForToken, programsFor, terminalCommands } from '../../../src/http/terminal-commands.ts'

const credential = {
  wrappingToken: secret('s.wrapped'),
  spendBy: timestamp(0),
  until: timestamp(0),
  address: 'https://vault.example.net',
  signInUrl: secret('https://vault.example.net/ui'),
  commands: ["bao kv get -mount='kv' 'apps/bao vault/db'"],
  ways: [],
}

describe('the commands for a terminal', () => {
  it('sign in past leftovers of other sign-ins, without the token in the history', () => {
    expect(terminalCommands('bao', credential)).toEqual([
      'unset BAO_TOKEN BAO_NAMESPACE VAULT_TOKEN VAULT_NAMESPACE',
      "export BAO_ADDR='https://vault.example.net'",
      `export BAO_TOKEN="$(BAO_TOKEN='s.wrapped' bao unwrap -field=token || echo no-token)"`,
      "bao kv get -mount='kv' 'apps/bao vault/db'",
    ])
  })

  it('name the vault program throughout for those who have that one', () => {
    expect(terminalCommands('vault', { ...credential, namespace: 'teams/payments' })).toEqual([
      'unset VAULT_TOKEN VAULT_NAMESPACE',
      "export VAULT_ADDR='https://vault.example.net'",
      "export VAULT_NAMESPACE='teams/payments'",
      `export VAULT_TOKEN="$(VAULT_TOKEN='s.wrapped' vault unwrap -field=token || echo no-token)"`,
      "vault kv get -mount='kv' 'apps/bao vault/db'",
    ])
  })

  it('name the chosen program inside a line that evaluates its answer, too', () => {
    const commands = ['bao read database/creds/app', 'eval "$(bao read -format=json database/creds/app | jq -r .)"']
    expect(terminalCommands('vault', { ...credential, commands }).slice(-2)).toEqual([
      'vault read database/creds/app',
      'eval "$(vault read -format=json database/creds/app | jq -r .)"',
    ])
  })

  it('ask for a token that its person has already, without showing it', () => {
    expect(commandsForToken('bao', credential)).toEqual([
      '{',
      'unset BAO_TOKEN BAO_NAMESPACE VAULT_TOKEN VAULT_NAMESPACE',
      "export BAO_ADDR='https://vault.example.net'",
      "printf 'Token: '; read -rs BAO_TOKEN; echo",
      'export BAO_TOKEN="${BAO_TOKEN:-no-token}"',
      "bao kv get -mount='kv' 'apps/bao vault/db'",
      '}',
    ])
  })

  it('offer the program first that the vault’s own commands name', () => {
    expect(programsFor(credential)).toEqual(['bao', 'vault'])
    expect(programsFor({ ...credential, commands: ['vault kv get a'] })).toEqual(['vault', 'bao'])
  })

  it('quote what could otherwise run as a command of its own', () => {
    const [, , namespace] = terminalCommands('bao', { ...credential, namespace: "it's; rm -rf ~" })
    expect(namespace).toBe(`export BAO_NAMESPACE='it'\\''s; rm -rf ~'`)
  })
})
