import { causeOf, type Finding, missing, ok } from '../../findings.ts'

/** Checks that the issuer answers, and under its own name. */
export const signInFindings = async (issuer: string, way: typeof fetch): Promise<readonly Finding[]> => {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  try {
    const answer = await way(address, { signal: AbortSignal.timeout(10_000) })
    if (!answer.ok) return [missing('sign-in', `${address} answers ${answer.status}`, 'check signIn.issuer')]
    const body: unknown = await answer.json()
    const named = typeof body === 'object' && body !== null && 'issuer' in body ? body.issuer : undefined
    if (named === issuer) return [ok('sign-in', issuer)]
    return [missing('sign-in', `it calls itself ${named}`, 'write signIn.issuer exactly like that')]
  } catch (error) {
    return [missing('sign-in', `${address}: ${causeOf(error)}`, 'let this machine reach the issuer')]
  }
}
