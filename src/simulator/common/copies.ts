const copies = new WeakMap<object, { readonly version: number }>()

/** An immutable copy of the message for readers. All readers of one version share it, because tests read often. */
export function copyOf<Message extends { readonly version: number }>(message: Message): Message {
  const known = copies.get(message)
  if (known?.version === message.version) return known as Message
  const copy = frozen(structuredClone(message))
  copies.set(message, copy)
  return copy
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
