import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'
import type { LoginSettings } from './login-options.ts'
import type { SetupSettings } from './settings.ts'
import { line } from './shell.ts'
import type { Step } from './steps.ts'

/** The login with a token that the vault checks itself. */
export type TokenLogin = Exclude<LoginSettings, { readonly way: 'approle' }>

/** What the method and the role at the vault must say, so that exactly one bearer of a token gets in. */
export const tokenConfig = (mount: string, login: TokenLogin): Step =>
  login.way === 'kubernetes' ? kubernetesConfig(mount, login) : jwtConfig(mount, login)

/** The role without the policies and lives of its tokens, which are as those of an AppRole. */
export const boundTo = (login: TokenLogin): Readonly<Record<string, string | readonly string[]>> =>
  login.way === 'kubernetes'
    ? {
        bound_service_account_names: [login.serviceAccount],
        bound_service_account_namespaces: [login.namespace],
        audience: login.audience,
      }
    : { role_type: 'jwt', user_claim: 'sub', bound_subject: login.subject, bound_audiences: [login.audience] }

const there = z.record(z.string(), z.unknown())
/** The configuration of a method; `undefined` while it has none, which some answer with an error. */
const configOf = async (admin: Admin, mount: string) =>
  there.safeParse(await admin.read('auth', mount, 'config').catch(() => undefined)).data

type Config = Readonly<Record<string, string | boolean | readonly string[]>>

type Wanted = {
  readonly title: string
  /** Values as they are written; those of `files` are read from there. */
  readonly values: Config
  readonly files?: Readonly<Record<string, string>>
  /** What differs; `undefined` when nothing does. */
  differs(now: Config): string | undefined
}

const configured = (mount: string, { title, values, files = {}, differs }: Wanted): Step => ({
  title,
  command: (program) =>
    line(
      ...[program, 'write', `auth/${mount}/config`],
      ...Object.entries(values).map(([key, value]) => `${key}=${[value].flat().join(',')}`),
      ...Object.entries(files).map(([key, file]) => `${key}=@${file}`),
    ),
  differences: async (admin) => {
    const difference = differs(present.parse((await configOf(admin, mount)) ?? {}))
    return difference === undefined ? [] : [difference]
  },
  apply: async (admin) => {
    const read = Object.entries(files).map(([key, file]) => [key, readFileSync(file, 'utf8').trim()])
    await admin.write(['auth', mount, 'config'], { ...values, ...Object.fromEntries(read) })
  },
})

const present = z.record(z.string(), z.union([z.string(), z.boolean(), z.array(z.string())]).catch(''))

const kubernetesConfig = (mount: string, { outside }: TokenLogin & { way: 'kubernetes' }): Step => {
  const host = outside?.host ?? 'https://kubernetes.default.svc'
  return configured(mount, {
    title: `auth/${mount}/ asks ${outside?.host ?? 'the cluster of its own pod'}`,
    values: { kubernetes_host: host, ...(outside && { disable_local_ca_jwt: true }) },
    ...(outside && { files: { kubernetes_ca_cert: outside.caFile, token_reviewer_jwt: outside.reviewerFile } }),
    differs: (now) => {
      const is = now.kubernetes_host || undefined
      if (outside === undefined ? is !== undefined : is === host) return undefined
      return `kubernetes_host: ${is ?? '(none)'} → ${host}`
    },
  })
}

const jwtConfig = (mount: string, { trusts }: TokenLogin & { way: 'jwt' }): Step =>
  configured(mount, {
    title: `auth/${mount}/ trusts ${trusts?.issuer ?? 'the issuer that it is configured for'}`,
    values: trusts
      ? { bound_issuer: trusts.issuer, ...(trusts.keysFile === undefined && { oidc_discovery_url: trusts.issuer }) }
      : {},
    ...(trusts?.keysFile !== undefined && { files: { jwt_validation_pubkeys: trusts.keysFile } }),
    differs: (now) => {
      const is = now.bound_issuer || undefined
      if (trusts !== undefined)
        return is === trusts.issuer ? undefined : `bound_issuer: ${is ?? '(none)'} → ${trusts.issuer}`
      if (is !== undefined) return undefined
      throw new CliError(
        `auth/${mount}/ trusts no issuer alone: name it with --issuer URL (and --jwt-keys FILE where the vault cannot reach it)`,
      )
    },
  })

const roleAnswer = z.object({
  bound_service_account_names: z.array(z.string()).nullish(),
  bound_service_account_namespaces: z.array(z.string()).nullish(),
  bound_subject: z.string().nullish(),
  bound_audiences: z.array(z.string()).nullish(),
  audience: z.string().nullish(),
})

/** Whom a role lets in now. Throws nothing: what it says in several values is asked for anew. */
export const presentLogin = (role: unknown) => {
  const { data } = roleAnswer.safeParse(role)
  const only = (list: readonly string[] | null | undefined) => (list?.length === 1 ? list[0] : undefined)
  return {
    serviceAccount: only(data?.bound_service_account_names),
    namespace: only(data?.bound_service_account_namespaces),
    subject: data?.bound_subject || undefined,
    audience: data?.audience || only(data?.bound_audiences),
  }
}

/** The lines of `credentials` that fit. */
export const tokenCredentials = ({ appRole }: Pick<SetupSettings, 'appRole'>, login: TokenLogin): string => {
  const mount = appRole.mount === login.way ? '' : `, mount: ${appRole.mount}`
  const audience =
    login.way === 'kubernetes' && login.audience === 'vault' ? '' : `, audience: ${JSON.stringify(login.audience)}`
  return `{ ${login.way}: { role: ${appRole.role}${mount}${audience} } }`
}
