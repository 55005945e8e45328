declare const brand: unique symbol
type Brand<Name extends string> = string & { readonly [brand]: Name }

/** A person's key in the people file; never an e-mail address. */
export type PersonId = Brand<'PersonId'>
/** The configured name of an integration. */
export type IntegrationId = Brand<'IntegrationId'>
/** A requestable thing of an integration; the id is drawn when discovery first sees it. */
export type ResourceId = Brand<'ResourceId'>
export type RequestId = Brand<'RequestId'>
export type GrantId = Brand<'GrantId'>
export type FetchLinkId = Brand<'FetchLinkId'>
export type CardId = Brand<'CardId'>
/** A request at a vault that waits for a control group. */
export type ControlGroupId = Brand<'ControlGroupId'>
/** A sign-in of one terminal or browser. */
export type SessionId = Brand<'SessionId'>
/** Drawn once per database; a part of every name that this Latchkey creates at a vault. */
export type InstanceId = Brand<'InstanceId'>

export const personId = (value: string): PersonId => value as PersonId
export const integrationId = (value: string): IntegrationId => value as IntegrationId
export const resourceId = (value: string): ResourceId => value as ResourceId
export const requestId = (value: string): RequestId => value as RequestId
export const grantId = (value: string): GrantId => value as GrantId
export const fetchLinkId = (value: string): FetchLinkId => value as FetchLinkId
export const cardId = (value: string): CardId => value as CardId
export const controlGroupId = (value: string): ControlGroupId => value as ControlGroupId
export const sessionId = (value: string): SessionId => value as SessionId
export const instanceId = (value: string): InstanceId => value as InstanceId

/** The part of an id that people read and type. */
export const shortId = (id: string): string => id.slice(0, 8)
