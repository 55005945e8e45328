import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'

/** What is lost when the vault keeps no audit log; nothing when it keeps one. */
export const auditWarning = async (admin: Admin): Promise<readonly string[]> => {
  const devices = await devicesOf(admin)
  if (devices === 'hidden') {
    return [
      '',
      'Whether an audit device is enabled could not be seen (only the root namespace with sudo on sys/audit shows it).',
    ]
  }
  if (devices > 0) return ['', `Audit: ${devices === 1 ? 'a device is' : `${devices} devices are`} enabled.`]
  return [
    '',
    'No audit device is enabled. Latchkey records who was given access to what and when; only the vault can record who',
    'read which secret, and that somebody wrote policies behind your back. OpenBao: in its configuration file',
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
