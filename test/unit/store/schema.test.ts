import { expectTypeOf, test } from 'vitest'
import type * as z from 'zod'
import type { AccessRequest, Decision } from '../../../src/domain/access-request.ts'
import type { Actor, AuditEvent } from '../../../src/domain/audit-event.ts'
import type { Card, Notice } from '../../../src/domain/card.ts'
import type { FetchLink } from '../../../src/domain/fetch-link.ts'
import type { Grant } from '../../../src/domain/grant.ts'
import type { Resource } from '../../../src/domain/resource.ts'
import type * as json from '../../../src/store/rows/json.ts'
import type { KeyOf } from '../../../src/store/rows/row.ts'
import type * as schema from '../../../src/store/sqlite/schema.ts'

type Columns<Table extends { $inferSelect: object }> = keyof Table['$inferSelect']
type Homeless<Thing, Table extends { $inferSelect: object }> = Exclude<KeyOf<Thing>, Columns<Table>>

// Checked by the compiler: what the domain knows and the database does not would be lost without a word.
test('everything that the domain remembers has a column', () => {
  expectTypeOf<Homeless<AccessRequest, typeof schema.requests>>().toEqualTypeOf<'decisions' | 'at' | 'by' | 'note'>()
  expectTypeOf<Homeless<Decision, typeof schema.decisions>>().toEqualTypeOf<'by'>()
  expectTypeOf<Homeless<Grant, typeof schema.grants>>().toEqualTypeOf<'at'>()
  expectTypeOf<Homeless<FetchLink, typeof schema.fetchLinks>>().toEqualTypeOf<'explained'>()
  expectTypeOf<Homeless<Card, typeof schema.cards>>().toBeNever()
  expectTypeOf<Homeless<Resource, typeof schema.resources>>().toBeNever()
  expectTypeOf<Homeless<AuditEvent, typeof schema.audit>>().toBeNever()
})

test('whatever may be written as JSON can be read again', () => {
  expectTypeOf<Actor>().toExtend<z.output<typeof json.actor>>()
  expectTypeOf<AuditEvent['detail']>().toExtend<z.output<typeof json.detail>>()
  expectTypeOf<Notice>().toExtend<z.output<typeof json.notice>>()
})
