import type { AppRoleSource } from './credentials.ts'
import { failure } from './failure.ts'
import { filePlace } from './file-place.ts'
import type { PodPlace } from './kubernetes-api.ts'
import { secretPlace } from './kubernetes-place.ts'
import type { SecretIdPlace } from './secret-id-place.ts'

/** The place of a secret_id. Throws `not-rotatable` when it cannot be changed from here. */
export const placeOfSecretId = (source: AppRoleSource, pod: PodPlace): SecretIdPlace => {
  if (source.from === 'folder' || source.from === 'file') return filePlace(source)
  if (source.from === 'secret') return secretPlace(source, pod)
  throw failure(
    'not-rotatable',
    'Only a secret_id in a folder, a file or a Kubernetes secret can be renewed, not one in the environment or wrapped.',
  )
}
