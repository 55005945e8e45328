import { access, constants } from 'node:fs/promises'
import { momentIn } from '../../connectors/vault/audit-log/entry.ts'
import { bytesAt } from '../../connectors/vault/audit-log/file-position.ts'
import { openForReading } from '../../connectors/vault/audit-log/find-file.ts'
import { hostAndPort } from '../../connectors/vault/audit-log/settings.ts'
import type { vaultCalls } from '../../connectors/vault/calls.ts'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { type Finding, missing, ok, optional, unknown } from '../../findings.ts'

type Calls = Pick<ReturnType<typeof vaultCalls>, 'auditHash' | 'auditDevices'>

const enough = 64 * 1_024

/** Whether the audit log of the vault can be read, and is what it should be. */
export const auditLogFindings = async (
  what: string,
  { audit }: Pick<VaultParams, 'audit'>,
  calls: Calls,
): Promise<readonly Finding[]> => {
  if (!audit) return []
  const row = `${what}: audit log`
  const place =
    audit.file === undefined ? await socketFinding(row, audit.socket ?? '') : await fileFinding(row, audit.file)
  return [place, ...(await deviceFindings(row, audit, calls)), ...(await hashFindings(row, audit.device, calls))]
}

const fileFinding = async (row: string, file: string): Promise<Finding> => {
  const handle = await openForReading(file)
  if (!handle) {
    const isThere = await access(file, constants.F_OK).then(
      () => true,
      () => false,
    )
    return missing(
      row,
      `${file} ${isThere ? 'may not be read, or is no file' : 'is not there'}`,
      `mount the folder of the vault’s file device here, and let this user read ${file}`,
    )
  }
  try {
    const { size } = await handle.stat()
    const lines = (await bytesAt(handle, Math.max(0, size - enough), enough)).toString('utf8').split('\n').slice(0, -1)
    const last = lines.findLast((line) => momentIn(line) !== undefined)
    if (size === 0) return unknown(row, `${file} is empty: the vault has not written to it yet`)
    if (last === undefined)
      return missing(row, `${file} has no JSON entries`, 'set format=json on the audit device, or correct the file')
    return ok(row, `${file}, written last ${new Date(momentIn(last) ?? 0).toISOString()}`)
  } finally {
    await handle.close()
  }
}

const socketFinding = async (row: string, socket: string): Promise<Finding> =>
  ok(row, `Latchkey listens at ${socket}${hostAndPort(socket) ? '' : ', a socket file'}; the vault connects to it`)

/** What the vault itself says of its devices, where the bot may ask. */
const deviceFindings = async (
  row: string,
  { device, file, socket }: NonNullable<VaultParams['audit']>,
  calls: Calls,
): Promise<readonly Finding[]> => {
  const devices = await calls.auditDevices().catch(() => undefined)
  if (!devices) return []
  const of = devices.find(({ path, type, options }) =>
    device === undefined
      ? file === undefined
        ? type === 'socket' && options.address === socket
        : type === 'file' && (options.file_path ?? options.path)?.split('/').at(-1) === file.split('/').at(-1)
      : path === `${device}/`,
  )
  if (!of)
    return [missing(`${row}: device`, 'the vault has no such audit device', 'correct audit in the configuration')]
  const others = devices.filter(({ path }) => path !== of.path)
  return [
    ...(of.options.log_raw === 'true'
      ? [
          missing(
            `${row}: device`,
            `${of.path} writes every secret in clear (log_raw)`,
            'take log_raw off that device: Latchkey needs no value',
          ),
        ]
      : [ok(`${row}: device`, `${of.path}, of type ${of.type}`)]),
    ...(of.type === 'socket' && others.length === 0
      ? [
          optional(
            `${row}: device`,
            'the socket is the only audit device: while Latchkey is away, the vault refuses every request',
            'add a file device beside it',
          ),
        ]
      : []),
  ]
}

const hashFindings = async (row: string, device: string | undefined, calls: Calls): Promise<readonly Finding[]> => {
  if (device === undefined) return []
  const may = await calls.auditHash(device, 'latchkey-doctor').then(
    () => true,
    () => false,
  )
  return [
    may
      ? ok(`${row}: tokens`, 'lines are compared with the tokens handed out')
      : optional(
          `${row}: tokens`,
          'lines are not compared with the tokens handed out',
          `give the bot "update" on sys/audit-hash/${device}`,
        ),
  ]
}
