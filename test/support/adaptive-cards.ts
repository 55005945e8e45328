import { createRequire } from 'node:module'

type Validated = { readonly validationEvents: readonly { readonly message: string }[] }
type Library = {
  AdaptiveCard: new () => { parse(json: unknown, context: unknown): void; validateProperties(): Validated }
  SerializationContext: new () => {
    readonly eventCount: number
    getEventAt(index: number): { readonly message: string }
  }
}

// Node cannot load the package by its name: its modules name each other without file endings.
const library: Library = createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js')

/** What the library of Adaptive Cards says against a card: what it does not know, then what breaks its rules. */
export const complaintsAbout = (content: unknown): readonly string[] => {
  const context = new library.SerializationContext()
  const card = new library.AdaptiveCard()
  card.parse(JSON.parse(JSON.stringify(content)), context)
  const unknown = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index))
  return [...unknown, ...card.validateProperties().validationEvents].map(({ message }) => message)
}
