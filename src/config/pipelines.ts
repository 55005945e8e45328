import { z } from 'zod'
import { type Integration, type Party, partiesOf } from '../domain/integration.ts'
import type { OperatorRule } from '../domain/operator-role.ts'
import { areAlike, namesProject, type Pipeline, pipelinePerson } from '../domain/pipeline.ts'
import type { Problem } from './problems.ts'

const Claim = z
  .string({
    error: ({ input }) =>
      typeof input === 'boolean' || typeof input === 'number' ? `claims are texts: write "${input}"` : undefined,
  })
  .min(1)
  .max(300)
  .refine((text) => !/[*?]/.test(text), 'write the exact value: a pattern such as * would be taken letter by letter')

type Addresses = { readonly issuer: z.ZodType<string>; readonly keys: z.ZodType<string> }

/** A CI job that asks for access itself, by the schemas of the addresses of an issuer and of its keys. */
export const pipelineSettings = ({ issuer, keys }: Addresses) =>
  z.strictObject({
    key: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'use lower case letters, digits and "-", at most 40'),
    issuer,
    audience: z.string().min(1).max(300),
    jwksUrl: keys.optional(),
    claims: z
      .record(z.string().min(1).max(100), Claim)
      .refine(
        namesProject,
        'name the project too, such as repository, project_path or sub: any run of the issuer can have these claims',
      ),
    groups: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'write the name of a group, as in the people file'))
      .min(1, 'name a group that may request somewhere'),
  })

type Given = {
  readonly pipelines: readonly Pipeline[]
  readonly integrations: readonly { readonly integration: Integration }[]
  readonly auditors: readonly Party[]
  readonly operators?: readonly OperatorRule[] | undefined
}

/** What is wrong with the pipelines as a whole. */
export const pipelineFaults = ({ pipelines, integrations, auditors, operators = [] }: Given): readonly Problem[] =>
  pipelines.flatMap((pipeline, index) => {
    const at = (key: string, message: string): Problem => ({ path: ['pipelines', index, key], message })
    const earlier = pipelines.slice(0, index)
    const twin = earlier.find((other) => areAlike(pipeline, other))
    return [
      ...(earlier.some(({ key }) => key === pipeline.key) ? [at('key', `"${pipeline.key}" is used twice`)] : []),
      ...(twin
        ? [at('claims', `one run could be both "${pipeline.key}" and "${twin.key}"; let a claim tell them apart`)]
        : []),
      ...integrations.flatMap(({ integration }) => {
        const party = deciding(integration).find(isIn(pipeline))
        return party ? [at('groups', ownerText(pipeline, party, `an owner at ${integration.id}`))] : []
      }),
      ...auditors.filter(isIn(pipeline)).map((party) => at('groups', ownerText(pipeline, party, 'an auditor'))),
      ...operators
        .flatMap(({ people }) => people.filter(isIn(pipeline)))
        .map((party) => at('groups', ownerText(pipeline, party, 'an operator'))),
    ]
  })

/** Everybody who may decide at an integration: all whom it names but for its requesters. */
const deciding = (integration: Integration): readonly Party[] => partiesOf({ ...integration, requesters: [] })

const isIn =
  (pipeline: Pipeline) =>
  (party: Party): boolean =>
    party === `person:${pipelinePerson(pipeline)}` || pipeline.groups.some((name) => party === `group:${name}`)

const ownerText = ({ key }: Pipeline, party: Party, what: string): string =>
  `the pipeline "${key}" would be ${what} by ${party}; a pipeline asks and never decides, so give it a group of its own`
