import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'

/** A warning when the vault keeps no audit log; empty when it does. */
export const auditWarning = async (admin: Admin): Promise<readonly string[]> => {
  const devices = await devicesOf(admin)
  if (devices === 'hidden') {
    return ['', 'This token cannot see audit devices (only the root namespace with sudo on sys/audit shows them).']
  }
  if (devices > 0) return ['', `Audit: ${devices === 1 ? 'a device is' : `${devices} devices are`} enabled.`]
  return [
    '',
    'No audit device is enabled. Latchkey records who was given access to what.',
    'Only the vault can record who read which secret, and who wrote policies secretly.',
    'OpenBao: in its configuration file',
    '  audit "file" "main" { options { file_path = "/var/log/openbao/audit.log" } }',
    'HashiCorp Vault: vault audit enable file file_path=/var/log/vault/audit.log',
  ]
}

const devicesOf = async (admin: Admin): Promise<number | 'hidden'> => {
  try {
    const there = await admin.read('sys/audit')
    if (there === undefined) return 'hidden'
    return typeof there === 'object' && there !== null ? Object.keys(there).length : 0
  } catch (error) {
    if (error instanceof CliError) return 'hidden'
    throw error
  }
}
