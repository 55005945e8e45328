import { z } from 'zod'
import { issuerIdentity } from '../domain/sign-in.ts'

const Name = z.string().min(1).max(255)

/** Claims that a person can change, that several people share, or that do not identify a person. */
const unfit = new Set(
  [
    'acr amr at_hash aud auth_time azp c_hash exp hd iat iss jti nbf nonce s_hash scope sid tid typ ver',
    'address birthdate email email_verified family_name gender given_name locale middle_name name nickname',
    'phone_number phone_number_verified picture preferred_username profile unique_name updated_at upn website zoneinfo',
  ].flatMap((names) => names.split(' ')),
)

const Fields = z.strictObject({
  issuer: z.url({
    protocol: /^https?$/,
    error: 'write the issuer as its tokens name it, such as https://id.example.com',
  }),
  claim: Name.optional(),
  value: Name.optional(),
  tid: Name.optional(),
  oid: Name.optional(),
})

/** The way an issuer identifies a person: one claim with its value, or Microsoft's tenant and object ids. */
export const OidcLink = Fields.transform(({ issuer, claim, value, tid, oid }, context) => {
  if (claim !== undefined && unfit.has(claim)) {
    const message = `"${claim}" does not identify one person permanently; use "sub", or a claim that your issuer never reassigns`
    context.addIssue({ code: 'custom', path: ['claim'], message })
    return z.NEVER
  }
  const isNeither = tid === undefined && oid === undefined
  if (claim !== undefined && value !== undefined && isNeither) return issuerIdentity(issuer, { [claim]: value })
  const isBoth = tid !== undefined && oid !== undefined
  if (isBoth && claim === undefined && value === undefined) return issuerIdentity(issuer, { tid, oid })
  const message = 'write { issuer, claim, value }, or { issuer, tid, oid } for Microsoft Entra'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})
