import { lengthInWords, lengthText } from '../../domain/length.ts'
import type { EngineSettings, MountPath, VaultPermission, VaultResourceType } from './resource-types.ts'
import { exactly } from './rule-parameters.ts'
import { quoted } from './shell-words.ts'

/** What a person may choose. `not_after` would outdo the length, so it is not among them. */
const free = ['common_name', 'alt_names', 'ip_sans', 'uri_sans', 'format', 'private_key_format'] as const

const issue = (ending: NonNullable<VaultPermission['ending']>): VaultPermission => ({
  rights: ({ mount, path }) => ({ [`${mount}/issue/${path}`]: ['update'] }),
  parameters: ({ mount, path }, { certificateLife }) => ({
    [`${mount}/issue/${path}`]: exactly({ ttl: lengthText(certificateLife) }, free, ['common_name']),
  }),
  commands: (cli, { mount, path }, { certificateLife }) => [
    `${cli} write -format=json ${quoted(`${mount}/issue/${path}`)} common_name=NAME ttl=${lengthText(certificateLife)}`,
  ],
  fillIn: ['NAME'],
  calls: ({ path }: MountPath, { certificateLife }: EngineSettings) => {
    const body = `'{"common_name":"NAME","ttl":"${lengthText(certificateLife)}"}'`
    return [{ verb: 'issue', method: 'POST', endpoint: 'issue', name: path, body }]
  },
  ending,
})

/** A role that issues certificates with their private keys. */
export const pki: VaultResourceType = {
  engine: 'pki',
  pattern: /^\w([\w.-]*\w)?$/,
  permissions: new Map([
    [
      'issue',
      issue(({ certificateLife }) => ({
        byTokenOnly: true,
        cannotEnd: `The end revokes the certificates, but only who checks the revocation list refuses them. For others they last up to ${lengthInWords(certificateLife)} more.`,
      })),
    ],
    [
      'issue-unrevoked',
      issue(({ certificateLife }) => ({
        cannotEnd: `The role makes certificates that the end does not revoke: they last up to ${lengthInWords(certificateLife)} more.`,
      })),
    ],
  ]),
}
