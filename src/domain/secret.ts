/** A credential or token. Only `reveal()` shows it, never a log, a template or JSON. */
export type Secret = {
  reveal(): string
  toString(): '[secret]'
  toJSON(): '[secret]'
}

const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Wraps a value in the type that cannot be logged. */
export const secret = (value: string): Secret => {
  const hidden = () => '[secret]' as const
  return Object.freeze({ reveal: () => value, toString: hidden, toJSON: hidden, [inspect]: hidden })
}
