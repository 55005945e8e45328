import { Agent } from 'undici'

/** The example of the discoverymark: areas, teams, services; each service's folder holds secrets. */
export type Tree = {
  readonly areas: number
  readonly teams: number
  readonly services: number
  readonly secrets: number
}

export const large: Tree = { areas: 10, teams: 50, services: 10, secrets: 20 }

/** A million secrets in 50,000 folders. */
export const million: Tree = { areas: 10, teams: 100, services: 50, secrets: 20 }

const words = ['billing', 'payments', 'orders', 'search', 'gateway', 'ledger', 'mail', 'auth', 'report', 'export']
const kinds = ['database', 'api-key', 'token', 'certificate', 'webhook', 'smtp', 'redis', 'kafka', 'signing', 'oauth']
const word = (index: number) => words[index % words.length] ?? ''

/** Every secret's path below the mount, with its owner. */
export function* secretsOf({ areas, teams, services, secrets }: Tree): Generator<{ path: string; owner: string }> {
  for (let area = 0; area < areas; area += 1) {
    for (let team = 0; team < teams; team += 1) {
      for (let service = 0; service < services; service += 1) {
        const folder = `${word(area)}-${area}/team-${team}/${word(service)}-service-${service}`
        for (let index = 0; index < secrets; index += 1) {
          const name = `${kinds[index % kinds.length]}-${index}`
          yield { path: `${folder}/${name}`, owner: `team-${team}` }
        }
      }
    }
  }
}

export const countOf = ({ areas, teams, services, secrets }: Tree) => ({
  secrets: areas * teams * services * secrets,
  folders: areas * teams * services,
  /** With those that hold only folders, and the mount itself. */
  lists: areas * teams * services + areas * teams + areas + 1,
})

/** The least that a client can do: one request, the body parsed. */
export const bareClient = (address: string, token: string, connections: number) => {
  const agent = new Agent({ connections })
  const get = async (path: string): Promise<unknown> => {
    const { statusCode, body } = await agent.request({
      origin: address,
      method: 'GET',
      path: `/v1/${path}`,
      headers: { 'X-Vault-Token': token },
    })
    const answer = await body.json()
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`)
    return answer
  }
  return { get, close: () => agent.close() }
}
