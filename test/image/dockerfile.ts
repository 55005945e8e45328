/** What one line of the Dockerfile asks for. Only what our own file uses is understood. */
export type Instruction =
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'copy'; readonly from: Origin; readonly sources: readonly string[]; readonly target: string }
  | { readonly kind: 'env' | 'label'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'workdir' | 'volume'; readonly path: string }
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'expose'; readonly port: number }
  | { readonly kind: 'healthcheck'; readonly check: HealthCheck }
  | { readonly kind: 'cmd'; readonly command: readonly string[] }

/** Where `COPY` takes files from: the folder of the Dockerfile, or an earlier stage. */
export type Origin = { readonly kind: 'context' } | { readonly kind: 'stage'; readonly name: string }
export type HealthCheck = {
  readonly command: readonly string[]
  /** After that many seconds without an answer the engine counts a failure. */
  readonly timeout: number
  readonly startPeriod: number
}
export type Step = { readonly line: number; readonly text: string; readonly instruction: Instruction }
export type Stage = { readonly name: string; readonly base: string; readonly steps: readonly Step[] }

type Line = { readonly number: number; readonly keyword: string; readonly rest: string }

/** Reads a Dockerfile; throws, with the line, on everything that it does not know to carry out faithfully. */
export const parseDockerfile = (text: string): readonly Stage[] => {
  const stages: { name: string; base: string; steps: Step[] }[] = []
  for (const line of linesOf(text)) {
    const stage = stages.at(-1)
    if (line.keyword === 'FROM') stages.push({ ...parseFrom(line, stages.length), steps: [] })
    else if (stage === undefined) throw problem(line, 'stands before the first FROM')
    else
      stage.steps.push({
        line: line.number,
        text: `${line.keyword} ${line.rest.replace(/\s+/g, ' ')}`,
        instruction: parse(line),
      })
  }
  if (stages.length === 0) throw new Error('The Dockerfile has no FROM.')
  return stages
}

/** Joins continued lines as an engine does: the backslash goes, comments between them go, blanks stay. */
const linesOf = (text: string): readonly Line[] => {
  const found: Line[] = []
  let open: { number: number; text: string } | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(raw)) continue
    open ??= { number: index + 1, text: '' }
    open.text += raw.replace(/\\\s*$/, '')
    if (/\\\s*$/.test(raw)) continue
    const [, keyword = '', rest = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(open.text) ?? []
    found.push({ number: open.number, keyword: keyword.toUpperCase(), rest })
    open = undefined
  }
  if (open) throw new Error(`Dockerfile:${open.number}: the last line is continued, but nothing follows`)
  return found
}

const problem = (line: Line, what: string): Error => new Error(`Dockerfile:${line.number}: ${line.keyword}: ${what}`)

const parseFrom = (line: Line, index: number): { name: string; base: string } => {
  const [, base, name] = /^([\w./:-]+)(?:\s+AS\s+(\w+))?$/i.exec(line.rest) ?? []
  if (base === undefined) throw problem(line, 'is understood as "FROM image" or "FROM image AS name" only')
  return { base, name: name ?? String(index) }
}

const parse = (line: Line): Instruction => {
  const { keyword, rest } = line
  if (!['RUN', 'CMD', 'HEALTHCHECK'].includes(keyword) && rest.includes('$')) {
    throw problem(line, 'variables are not understood here')
  }
  switch (keyword) {
    case 'RUN':
      if (/^(\[|--|<<)/.test(rest)) throw problem(line, 'is understood as a plain shell command only')
      return { kind: 'run', command: rest }
    case 'COPY':
      return parseCopy(line)
    case 'ENV':
    case 'ARG': // with its default; our stages with arguments leave nothing but files
      return { kind: 'env', values: parseValues(line) }
    case 'LABEL':
      return { kind: 'label', values: parseValues(line) }
    case 'WORKDIR':
      return { kind: 'workdir', path: absolute(line, rest) }
    case 'VOLUME':
      return { kind: 'volume', path: absolute(line, rest) }
    case 'USER':
      return parseUser(line)
    case 'EXPOSE':
      if (!/^\d+$/.test(rest)) throw problem(line, 'is understood with one port number only')
      return { kind: 'expose', port: Number(rest) }
    case 'HEALTHCHECK':
      return parseHealthCheck(line)
    case 'CMD':
      return { kind: 'cmd', command: parseList(line, rest) }
    default:
      throw problem(line, 'is unknown here: teach it to test/image/dockerfile.ts and build.ts, or do without it')
  }
}

const parseCopy = (line: Line): Instruction => {
  const [, from, paths = ''] = /^(?:--from=(\w+)\s+)?(.*)$/.exec(line.rest) ?? []
  const words = paths.split(/\s+/)
  const target = words.pop()
  const odd = words.find((word) => /^--|^<<|[*?["]/.test(word))
  if (odd !== undefined) throw problem(line, `"${odd}" is not understood`)
  if (target === undefined || words.length === 0) throw problem(line, 'needs a source and a target')
  if (words.length > 1 && !target.endsWith('/'))
    throw problem(line, 'with several sources needs a target that ends in /')
  return {
    kind: 'copy',
    from: from === undefined ? { kind: 'context' } : { kind: 'stage', name: from },
    sources: words,
    target,
  }
}

const parseValues = (line: Line): Readonly<Record<string, string>> => {
  const pair = /\s*([\w.-]+)=(?:"([^"\\]*)"|([^\s"'\\]*))(?=\s|$)/gy
  const values: Record<string, string> = {}
  let end = 0
  for (const match of line.rest.matchAll(pair)) {
    const [whole, name = '', quoted, plain] = match
    values[name] = quoted ?? plain ?? ''
    end = match.index + whole.length
  }
  if (end === 0 || line.rest.slice(end).trim() !== '')
    throw problem(line, 'is understood as NAME=value or NAME="value"')
  return values
}

const parseUser = (line: Line): Instruction => {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(line.rest) ?? []
  if (uid === undefined) throw problem(line, 'is understood as two numbers only, UID:GID')
  return { kind: 'user', uid: Number(uid), gid: Number(gid) }
}

const parseHealthCheck = (line: Line): Instruction => {
  const [, flags = '', command] = /^((?:--[a-z-]+=\d+s\s+)*)CMD\s+(.*)$/.exec(line.rest) ?? []
  if (command === undefined) throw problem(line, 'is understood as "[--option=NUMBERs …] CMD [list]" only')
  const given = new Map([...flags.matchAll(/--([a-z-]+)=(\d+)s/g)].map(([, name, value]) => [name, Number(value)]))
  for (const name of given.keys()) {
    if (!['interval', 'timeout', 'start-period'].includes(name ?? ''))
      throw problem(line, `--${name} is not understood`)
  }
  return {
    kind: 'healthcheck',
    check: {
      command: parseList(line, command),
      timeout: given.get('timeout') ?? 30,
      startPeriod: given.get('start-period') ?? 0,
    },
  }
}

const parseList = (line: Line, text: string): readonly string[] => {
  const list: unknown = text.startsWith('[') ? JSON.parse(text) : undefined
  if (Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === 'string')) return list
  throw problem(line, 'is understood as a list of strings only')
}

const absolute = (line: Line, path: string): string => {
  if (/^\/[\w./-]+$/.test(path)) return path
  throw problem(line, `"${path}" is not one absolute path`)
}
