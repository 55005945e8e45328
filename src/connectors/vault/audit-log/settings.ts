import { isAbsolute } from 'node:path'
import { z } from 'zod'

/** An address on this machine, or the path of a socket file: nobody else may write to it. */
const place = z
  .string()
  .refine(
    (text) => isAbsolute(text) || hostAndPort(text) !== undefined,
    'write 127.0.0.1:PORT, [::1]:PORT or the absolute path of a socket',
  )

/** The device as `sys/audit` names it, for comparing the tokens of lines. */
const device = z
  .string()
  .regex(/^[\w.-]+$/, 'write the name of the audit device')
  .optional()

/** The vault's audit log, as a file or through a socket that Latchkey listens on. */
export const auditSettings = z
  .strictObject({
    file: z.string().refine(isAbsolute, 'write an absolute path').optional(),
    socket: place.optional(),
    device,
  })
  .refine(({ file, socket }) => (file === undefined) !== (socket === undefined), 'write one of: file; socket')
export type AuditSettings = z.output<typeof auditSettings>

/** The parts of a loopback address. */
export const hostAndPort = (text: string): { readonly host: string; readonly port: number } | undefined => {
  const [, four, six, port] = /^(?:(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost)|\[(::1)\]):(\d{1,5})$/.exec(text) ?? []
  const host = four ?? six
  const number = Number(port)
  return host === undefined || number < 1 || number > 65_535 ? undefined : { host, port: number }
}
