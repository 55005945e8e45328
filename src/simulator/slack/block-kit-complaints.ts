import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/**
 * Turns the issues of zod into lines as in Slack’s `response_metadata.messages`:
 * a sentence and the JSON pointer of the place.
 */
export function complaintsOf(error: z.ZodError, value: unknown): string[] {
  return error.issues.flatMap((issue) => linesOf(issue, [], value))
}

function linesOf(issue: Issue, above: readonly PropertyKey[], root: unknown): string[] {
  const path = [...above, ...issue.path]
  const closest = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined
  if (closest !== undefined) return closest.flatMap((inner) => linesOf(inner, path, root))
  const pointer = path.map((part) => `/${String(part)}`).join('')
  return [`[ERROR] ${sentenceOf(issue, valueAt(root, path))} [json-pointer:${pointer}]`]
}

/** The branch of a union that matched most, so that the complaint is about the real mistake. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const isWrongKind = (issues: readonly Issue[]) => issues.some((issue) => issue.path.at(-1) === 'type')
  return branches.find((issues) => issues.length > 0 && !isWrongKind(issues)) ?? branches.find((b) => b.length > 0)
}

function sentenceOf(issue: Issue, found: unknown): string {
  switch (issue.code) {
    case 'too_big':
      if (issue.origin === 'string') return `must be less than ${Number(issue.maximum) + 1} characters`
      if (issue.origin === 'array') return `no more than ${issue.maximum} items allowed`
      return `must be at most ${issue.maximum}`
    case 'too_small':
      if (issue.origin === 'string') return `must be more than ${Number(issue.minimum) - 1} characters`
      if (issue.origin === 'array') return `no fewer than ${issue.minimum} items allowed`
      return `must be at least ${issue.minimum}`
    case 'unrecognized_keys':
      return `invalid additional property: ${issue.keys.join(', ')}`
    case 'invalid_union':
      return `unsupported type: ${String(found)}`
    case 'invalid_type':
      return found === undefined ? 'missing required field' : `must provide ${issue.expected}`
    case 'invalid_value':
      return found === undefined ? 'missing required field' : `unsupported value: ${String(found)}`
    default:
      return issue.message
  }
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, part)
  }
  return value
}
