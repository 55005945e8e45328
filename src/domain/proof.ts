import type { Proof } from './grant.ts'

/** Only a refused login proves an end; the rest is a check of what the vault still has. */
export const proofVerb = ({ means }: { readonly means: unknown }): 'proved' | 'checked' =>
  means === 'canary' || means === 'login' ? 'proved' : 'checked'

/** What the audit log says about a proof. */
export const proofDetail = ({ means, latency, lent }: Proof) => ({ means, latency, ...(lent && { lent }) })
