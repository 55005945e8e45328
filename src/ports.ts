/** The complete contract with the outside; each part has a file in `ports/`. */
export type { NewCard } from './domain/card.ts'
export type { Credential } from './domain/credential.ts'
export type { AuditBatch, AuditLine, AuditLog } from './ports/audit-log.ts'
export { type AuditSink, eventSink } from './ports/audit-sink.ts'
export type { ChatPlatform, Entrance, Home } from './ports/chat.ts'
export type { Clock } from './ports/clock.ts'
export type { Connector, ControlGroups, Deciders, Description, Integrations, Order } from './ports/connector.ts'
export type {
  Checked,
  Database,
  DatabaseFile,
  DatabaseState,
  Inspection,
  Opening,
  ServerFacts,
} from './ports/database.ts'
export { UnreadableDatabase } from './ports/database.ts'
export { ExternalError, NothingGiven } from './ports/failure.ts'
export type { Directory, Person, SignIn, SignInHow, SignInSecrets } from './ports/people.ts'
export type { RotationCall, RotationHook, RotationHooks } from './ports/rotation-hook.ts'
export type {
  AskingFilter,
  AuditFault,
  AuditHead,
  AuditRow,
  AuditVerdict,
  Loaded,
  ResourcePage,
  Save,
  Store,
} from './ports/store.ts'
export type { AuditFilter, StoreReader } from './ports/store-reader.ts'
export type {
  AccessTokens,
  PipelineRun,
  PipelineTokens,
  Proofs,
  ProvedCall,
  ProvedKey,
  TokenHolder,
} from './ports/tokens.ts'
