import { adminCall } from '../../src/demo/admin-call.ts'
import { examplePeople } from '../../src/demo/example.ts'
import { freePort } from '../../src/demo/latchkey-process.ts'
import { startOpenBao } from '../../src/demo/openbao.ts'
import { startWorld, type World, type WorldOptions } from '../../src/demo/world.ts'
import { type Human, startIssuer, type TestIssuer } from './issuer.ts'

/** A world whose links ask for a sign-in at an issuer, which is the world's own vault. */
export type SignInWorld = {
  readonly world: World
  readonly issuer: TestIssuer
  /** People of the people file, linked to their accounts, and somebody whom it does not link. */
  readonly humans: { readonly developer: Human; readonly databaseOwner: Human; readonly visitor: Human }
  stop(): Promise<void>
}

/** `publicAddress` is where the issuer says it is, when something stands before the vault. */
export const signInWorld = async (
  publicAddress?: (real: string) => Promise<string>,
  options: Pick<WorldOptions, 'chat' | 'integrations' | 'preparation' | 'settings' | 'vaultAddress'> = {},
): Promise<SignInWorld> => {
  const vault = await startOpenBao()
  try {
    const port = await freePort()
    const { address } = vault
    const issuer = await startIssuer({
      admin: adminCall(vault),
      address,
      redirectUri: `http://127.0.0.1:${port}/fetch/callback`,
      // Another host than Latchkey's, so that the browser comes back from another site, as it does in real life.
      publicAddress: (await publicAddress?.(address)) ?? address.replace('127.0.0.1', 'localhost'),
    })
    const humans = {
      developer: await issuer.signUp('developer'),
      databaseOwner: await issuer.signUp('database-owner'),
      visitor: await issuer.signUp('visitor'),
    }
    const linked = (person: keyof typeof examplePeople.people, { sub }: Human) => ({
      [person]: { ...examplePeople.people[person], oidc: [{ issuer: issuer.issuer, claim: 'sub', value: sub }] },
    })
    const world = await startWorld({
      ...options,
      vault,
      port,
      settings: { ...options.settings, signIn: { issuer: issuer.issuer, clientId: issuer.clientId } },
      environment: { OIDC_CLIENT_SECRET: issuer.clientSecret },
      more: { people: { ...linked('developer', humans.developer), ...linked('database-owner', humans.databaseOwner) } },
    })
    const stop = async () => {
      await world.stop()
      await vault.stop()
    }
    return { world, issuer, humans, stop }
  } catch (error) {
    await vault.stop()
    throw error
  }
}
