import { z } from 'zod'
import type { KubernetesObject } from './kubernetes-validate.ts'

const security = z.looseObject({
  allowPrivilegeEscalation: z.literal(false),
  readOnlyRootFilesystem: z.literal(true),
  privileged: z.literal(false).optional(),
  capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  runAsUser: z.int().min(1).optional(),
})
const volumeKinds = ['configMap', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'] as const
const container = z.looseObject({ name: z.string(), securityContext: security })

/** A pod that the level *restricted* of Pod Security admits, with a read-only root besides. */
export const restrictedPod = z.looseObject({
  automountServiceAccountToken: z.boolean(),
  hostNetwork: z.never().optional(),
  hostPID: z.never().optional(),
  hostIPC: z.never().optional(),
  securityContext: z.looseObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.int().min(1),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
  }),
  containers: z.array(container).min(1),
  initContainers: z.array(container).optional(),
  volumes: z.array(
    z
      .looseObject({ name: z.string() })
      .refine(
        (volume) => volumeKinds.some((kind) => kind in volume),
        'the level restricted does not allow this kind of volume',
      ),
  ),
})
export type RestrictedPod = z.output<typeof restrictedPod>

const template = z.looseObject({ spec: z.looseObject({ template: z.looseObject({ spec: z.unknown() }) }) })
const cron = z.looseObject({ spec: z.looseObject({ jobTemplate: template }) })

/** The specification of each pod that the objects would make. */
export const podsIn = (objects: readonly KubernetesObject[]): readonly unknown[] =>
  objects.flatMap((object) => {
    if (object.kind === 'Pod') return [object.spec]
    if (object.kind === 'CronJob') return [cron.parse(object).spec.jobTemplate.spec.template.spec]
    const isWorkload = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(object.kind)
    return isWorkload ? [template.parse(object).spec.template.spec] : []
  })

/** The only object of a kind, by its name where there are several. */
export const one = (objects: readonly KubernetesObject[], kind: string, name?: string): KubernetesObject => {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  )
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  throw new Error(`there are ${found.length} of ${kind} ${name ?? ''}`)
}
