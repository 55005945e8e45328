import { lengthInWords, lengthText } from '../../domain/length.ts'
import type { EngineSettings, MountPath, VaultPermission, VaultResourceType } from './resource-types.ts'
import { exactly } from './rule-parameters.ts'
import { quoted } from './shell-words.ts'

/** A role has no slash in its name; what follows it is the account on the machines. */
export const partsOf = (path: string) => {
  const [role = '', principal = ''] = path.split('/')
  return { role, principal }
}

const life = ({ certificateLife }: EngineSettings): string => lengthText(certificateLife)

const request = ({ path }: MountPath, settings: EngineSettings) => ({
  valid_principals: partsOf(path).principal,
  ttl: life(settings),
})

/**
 * Signing for one account and one length. A policy compares texts, so each call must name both exactly. Whoever may
 * choose them could sign for another account, or a certificate that lasts.
 */
const sign: VaultPermission = {
  rights: ({ mount, path }) => ({ [`${mount}/sign/${partsOf(path).role}`]: ['update'] }),
  parameters: (place, settings) => ({
    [`${place.mount}/sign/${partsOf(place.path).role}`]: exactly(
      request(place, settings),
      ['public_key'],
      ['public_key'],
    ),
  }),
  commands: (cli, place, settings) => {
    const { valid_principals: principal, ttl } = request(place, settings)
    const path = quoted(`${place.mount}/sign/${partsOf(place.path).role}`)
    const fields = `public_key=@"$HOME/.ssh/id_ed25519.pub" ${quoted(`valid_principals=${principal}`)} ttl=${ttl}`
    const next = quoted(`Signed. Now: ssh ${principal}@HOST (for another key, change both file names)`)
    return [`${cli} write -field=signed_key ${path} ${fields} > "$HOME/.ssh/id_ed25519-cert.pub" && echo ${next}`]
  },
  calls: (place, settings) => {
    const { valid_principals: principal, ttl } = request(place, settings)
    const body = `"{\\"public_key\\":\\"$(cat "$HOME/.ssh/id_ed25519.pub")\\",\\"valid_principals\\":\\"${principal}\\",\\"ttl\\":\\"${ttl}\\"}"`
    return [{ verb: 'sign', method: 'POST', endpoint: 'sign', name: partsOf(place.path).role, body }]
  },
  ending: ({ certificateLife }) => ({
    cannotEnd: `A certificate that was signed before the end lets its holder in for up to ${lengthInWords(certificateLife)} after it. Sessions that are open then stay open.`,
  }),
}

/** The account of a role on machines that trust the engine's key. */
export const ssh: VaultResourceType = {
  engine: 'ssh',
  pattern: /^\w([\w.@-]*\w)?\/[\w][\w.@-]*$/,
  permissions: new Map([['sign', sign]]),
}
