import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Secret } from '../../domain/secret.ts'
import { timestamp } from '../../domain/time.ts'
import type { AppRoleSource } from './credentials.ts'
import { checkWritable, removeFile, removeTemporaries, replaceFile } from './durable-file.ts'
import { failure } from './failure.ts'
import { alone } from './file-lock.ts'
import type { SecretIdPlace } from './secret-id-place.ts'

/** A secret_id in a file; the note is a file beside it. */
export const filePlace = (source: FileSource): SecretIdPlace => {
  const path = pathOf(source)
  const noted = `${path}.rotating`
  const textWith = async (secretId: Secret) => {
    if (source.from === 'folder') return `${secretId.reveal()}\n`
    const content = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(path, 'utf8')))
    return `${JSON.stringify({ ...content, secret_id: secretId.reveal() }, undefined, 2)}\n`
  }
  return {
    name: path,
    check: () =>
      checkWritable(path).catch((error: unknown) => {
        const code = error instanceof Error && 'code' in error ? error.code : 'failed'
        throw failure(
          'not-rotatable',
          `${path} cannot be replaced (${code}): a mounted secret is renewed where it comes from.`,
        )
      }),
    alone: (work) => alone(path, work),
    noted: () =>
      readFile(noted, 'utf8').then(
        (text) => text.split('\n').filter((one) => one !== ''),
        () => [],
      ),
    note: (lines, step) => replaceFile(noted, `${lines.join('\n')}\n`, (name, act) => step(`note: ${name}`, act)),
    replace: async (secretId, step) => replaceFile(path, await textWith(secretId), step),
    settle: async () => {}, // a rename is done when it returns
    keep: async () => {}, // the lock lasts as long as its process
    clear: async (step) => {
      await removeFile(noted, step)
      await removeTemporaries(path)
    },
    since: async () => timestamp(Math.floor((await stat(path)).mtimeMs)),
  }
}

type FileSource = Extract<AppRoleSource, { readonly from: 'folder' | 'file' }>

const pathOf = (source: FileSource): string => {
  if (source.from === 'file') return source.path
  const usual = join(source.path, 'secret_id')
  return existsSync(usual) ? usual : join(source.path, 'secret-id')
}
