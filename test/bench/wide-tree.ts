import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { secretsOf, type Tree } from './discovery-tree.ts'

/** What a folder holds: names of secrets, and of folders with a slash at their end. */
type Listing = { readonly keys: string[]; readonly owner: string }

const listing = /^\/v1\/kv\/(detailed-metadata|metadata)\/([^?]*)\?(.*)$/

/**
 * A real vault that seems to have as many secrets as wanted: lists below `kv/` are answered here, in the vault's form and
 * page by page; everything else goes to the vault. A million real writes would take most of an hour.
 */
export const wideTree = async (vault: string, tree: Tree) => {
  const folders = foldersOf(tree)
  const server = createServer((incoming, response) => {
    const [, kind, path = '', query = ''] = listing.exec(incoming.url ?? '') ?? []
    if (kind === undefined) return void forward(vault, incoming, response)
    const asked = new URLSearchParams(query)
    const data = pageOf(folders.get(decodeURIComponent(path)), kind === 'detailed-metadata', asked)
    response.statusCode = data ? 200 : 404
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(data ? { data } : { errors: [] }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

const foldersOf = (tree: Tree): ReadonlyMap<string, Listing> => {
  const folders = new Map<string, Listing>([['', { keys: [], owner: '' }]])
  for (const { path, owner } of secretsOf(tree)) {
    const parts = path.split('/')
    const name = parts.pop() ?? ''
    let above = ''
    for (const part of parts) {
      const folder = `${above}${part}/`
      if (!folders.has(folder)) {
        folders.set(folder, { keys: [], owner })
        folders.get(above)?.keys.push(`${part}/`)
      }
      above = folder
    }
    folders.get(above)?.keys.push(name)
  }
  return folders
}

const pageOf = (folder: Listing | undefined, isDetailed: boolean, asked: URLSearchParams) => {
  if (!folder) return undefined
  const after = asked.get('after') ?? ''
  const limit = Number(asked.get('limit') ?? folder.keys.length)
  const keys = [...folder.keys]
    .sort()
    .filter((key) => key > after)
    .slice(0, limit)
  if (!isDetailed) return { keys }
  const secrets = keys.filter((key) => !key.endsWith('/'))
  const info = secrets.map((key) => [key, { current_version: 1, custom_metadata: { owner: folder.owner } }] as const)
  return { keys, key_info: Object.fromEntries(info) }
}

const forward = async (vault: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { host: _, connection: __, ...headers } = incoming.headers
  const method = incoming.method === 'GET' ? 'GET' : 'POST'
  const body = method === 'GET' ? null : await textOf(incoming)
  const answer = await request(`${vault}${incoming.url}`, { method, headers, body })
  response.writeHead(answer.statusCode, { 'content-type': 'application/json' })
  response.end(await answer.body.text())
}

const textOf = async (incoming: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
