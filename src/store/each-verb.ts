type Verbs = { readonly [name: string]: (...given: never[]) => Promise<unknown> }

/** The same verbs, each run in this way. */
export const eachVerb = <Those extends Verbs>(
  verbs: Those,
  run: (work: () => Promise<unknown>) => Promise<unknown>,
): Those => {
  const all = Object.entries(verbs).map(([name, verb]) => [name, (...given: never[]) => run(() => verb(...given))])
  return Object.fromEntries(all) as Those
}
