import { accept } from '../../../domain/refusal.ts'
import { call } from '../call.ts'
import { Me } from '../schemas/me.ts'

/** Calls about the caller. */
export const people = [
  call({
    ...{ method: 'get', path: '/me', name: 'me', status: 200, isForPipelines: true },
    summary: 'Who calls, with the vaults from which they may request.',
    answer: Me,
    handle: async ({ useCases, deps }, { caller: { person, rights, session } }) =>
      accept({
        person: { id: person.id, name: person.name },
        rights,
        ...(session !== undefined && { session }),
        vaults: useCases.mayAskFor(person.id).flatMap(({ id, durations }) => {
          const vault = deps.integrations.get(id)?.connector.describe()
          if (!vault) return []
          const { address, namespace, product, mounts, program } = vault
          return [
            {
              ...{ id, name: id, flavour: product, address, mounts: [...mounts], durations: [...durations] },
              ...(namespace !== undefined && { namespace }),
              commandHint: program,
            },
          ]
        }),
      }),
  }),
]
