import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Another than the default, to see that the health check follows the configuration. */
export const port = 9317

/** The least that Latchkey starts with; neither Slack nor the vault is there. */
export const configuration = (database: string, vaultCredentials: string): string => `
listen: { host: 0.0.0.0, port: ${port} }
database: ${database}
link: { baseUrl: https://latchkey.example.com }
slack: { mode: socket, tenants: [T0123456] }
integrations:
  - name: production
    requesters: [group:engineers]
    owner: [group:engineers]
    vault:
      internalUrl: https://vault.internal.example.com:8200
      credentials: { folder: ${vaultCredentials} }
`

export const people = `
people:
  oncall: { name: Engineer on call, slack: [T0123456/U0BBBBBBB] }
groups:
  engineers: [oncall]
`

export const slackTokens: Readonly<Record<string, string>> = {
  slack_bot_token: 'xoxb-of-this-check',
  slack_app_token: 'xapp-of-this-check',
}
export const vaultCredentials: Readonly<Record<string, string>> = {
  role_id: 'role-of-this-check',
  secret_id: 'secret-of-this-check',
}

type Files = { readonly files: Readonly<Record<string, string>>; readonly owner: number; readonly mode: number }

/** Writes small files into a folder, which may be there. */
export const writeFiles = async (folder: string, { files, owner, mode }: Files): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    await chown(file, owner, owner)
    await chmod(file, mode)
  }
}

/** Names with this prefix. */
export const below = (folder: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]))
