/** The part of `@napi-rs/keyring` that is used. The package is optional, so its types may not be there. */
type Keyring = { readonly Entry: new (service: string, account: string) => Entry }
type Entry = { getPassword(): string | null; setPassword(text: string): void; deletePassword(): boolean }

/** One place in the keyring. */
export type Drawer = { read(): string | undefined; write(text: string): void; remove(): void }

/** A place in the system's keyring; a sentence with the reason where there is no keyring. */
export const openDrawer = async (account: string): Promise<Drawer | string> => {
  const optional: string = '@napi-rs/keyring'
  const keyring: Keyring | undefined = await import(optional).catch(() => undefined)
  if (!keyring) return 'the package @napi-rs/keyring is not installed'
  const entry = new keyring.Entry('latchkey', account)
  return {
    read: () => entry.getPassword() ?? undefined,
    write: (text) => entry.setPassword(text),
    remove: () => void entry.deletePassword(),
  }
}
