/** A module to load before `latchkey`: it puts a locked keyring into the place of the system's. */
const locked = `const fail = () => { throw new Error('the collection is locked') }
export class Entry { getPassword = fail; setPassword = fail; deletePassword = fail }`

const asModule = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`

export const lockedKeyring: string = asModule(`import { registerHooks } from 'node:module'
const url = ${JSON.stringify(asModule(locked))}
registerHooks({ resolve: (name, context, next) => name === '@napi-rs/keyring' ? { url, shortCircuit: true } : next(name, context) })`)
