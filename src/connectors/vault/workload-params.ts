import { z } from 'zod'
import { isOfProject } from '../../domain/pipeline.ts'
import { decisiveClaims, type WorkloadOffer } from '../../domain/workload.ts'

const text = z.string().min(1).max(200)
const namespace = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'write the exact name of a namespace; no wildcards')
const claim = z.string().regex(/^[A-Za-z_][\w.:/-]{0,99}$/, 'write the name of a claim such as ref')

/** What workloads may get at a vault. `mount` is the schema of a mount path. */
export const workloadSettings = (mount: z.ZodType<string, string>) =>
  z
    .strictObject({
      /** The AppRole mount for jobs and services; without it these are not offered. */
      approleMount: mount.optional(),
      kubernetes: z
        .array(
          z.strictObject({
            mount: mount.default('kubernetes'),
            audience: text.default('vault'),
            namespaces: z.array(namespace).min(1),
            label: text.optional(),
          }),
        )
        .default([]),
      jwt: z
        .array(
          z.strictObject({
            mount: mount.default('jwt'),
            audience: text,
            claims: z
              .array(claim)
              .min(1)
              .refine((names) => decisiveClaims.some((one) => names.includes(one)), 'name ref or environment too')
              .refine((names) => names.some(isOfProject), 'name the project too, such as repository or project_path'),
            label: text.optional(),
          }),
        )
        .default([]),
    })
    .superRefine((given, context) => {
      const all = loginMounts(given)
      if (all.length === 0)
        context.addIssue({ code: 'custom', message: 'name approleMount, kubernetes or jwt, or leave it out' })
      if (new Set(all).size < all.length) context.addIssue({ code: 'custom', message: 'name each mount once' })
    })

/** See `workloadSettings`. */
export type WorkloadSettings = z.output<ReturnType<typeof workloadSettings>>

/** Where workloads log in, and where their roles are. */
export const loginMounts = ({
  approleMount,
  kubernetes,
  jwt,
}: {
  readonly approleMount?: string | undefined
  readonly kubernetes: readonly { readonly mount: string }[]
  readonly jwt: readonly { readonly mount: string }[]
}): readonly string[] => [
  ...(approleMount === undefined ? [] : [approleMount]),
  ...[...kubernetes, ...jwt].map(({ mount }) => mount),
]

/** The AppRole mount where the settings no longer name one: live access there must still end. */
export const usualApproleMount = 'latchkey-workloads'

/** The offer that requests are checked against. */
export const offerOf = (settings: WorkloadSettings | undefined): WorkloadOffer | undefined =>
  settings && {
    approle: settings.approleMount !== undefined,
    kubernetes: settings.kubernetes.map((one) => ({ ...one, label: one.label ?? one.mount })),
    jwt: settings.jwt.map((one) => ({ ...one, label: one.label ?? one.mount })),
  }
