import { stringify } from 'yaml'

/** One object for Kubernetes, or a part of one. */
export type Manifest = Readonly<Record<string, unknown>>

/**
 * Objects as one YAML text with comments above. It is written from objects, because in put-together text a name could
 * become a key. Texts stay on one line each, so that a copy breaks nothing.
 */
export const manifests = (comments: readonly string[], objects: readonly Manifest[]): string =>
  [
    ...comments.map((line) => `# ${line}`),
    objects.map((one) => stringify(one, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()).join('\n---\n'),
  ].join('\n')
