import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergedParameters, type ParameterRules } from '../../../src/connectors/vault/rule-parameters.ts'

const rules = (ttl: readonly string[], principal: readonly string[], required = ['ttl']): ParameterRules => ({
  allowed_parameters: { ttl, principal },
  denied_parameters: { ttl: [''] },
  required_parameters: required,
})

type Call = Readonly<Record<string, string>>
const lets = (rule: ParameterRules | undefined, call: Call): boolean => {
  if (!rule) return true
  const fits = ([name, value]: [string, string]) => {
    const values = rule.allowed_parameters[name]
    return values !== undefined && (values.length === 0 || values.includes(value))
  }
  const isDenied = ([name, value]: [string, string]) => rule.denied_parameters[name]?.includes(value)
  if (Object.entries(call).some(isDenied)) return false
  return Object.entries(call).every(fits) && rule.required_parameters.every((name) => name in call)
}

const names = ['ttl', 'principal', 'key']
const some = fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 })
const arbitrary: fc.Arbitrary<ParameterRules> = fc.record({
  allowed_parameters: fc.dictionary(fc.constantFrom(...names), some, { noNullPrototype: true }),
  denied_parameters: fc.constantFrom({}, { ttl: ['a'] }),
  required_parameters: fc.subarray(names, { maxLength: 1 }),
})
const calls = fc.dictionary(fc.constantFrom(...names), fc.constantFrom('a', 'b', 'c'), { noNullPrototype: true })

describe('the parameters of several items on one path', () => {
  test('that differ in one of them are all allowed', () => {
    const both = mergedParameters([rules(['10m'], ['deploy']), rules(['10m'], ['admin'])])
    expect(both).toEqual(rules(['10m'], ['admin', 'deploy']))
  })

  test('that differ in two have no rule: it would mix them', () => {
    expect(mergedParameters([rules(['10m'], ['deploy']), rules(['1h'], ['admin'])])).toBe('too-wide')
    expect(mergedParameters([rules(['10m'], ['deploy']), rules(['10m'], ['admin'], [])])).toBe('too-wide')
  })

  test('have no rule beside an item that allows anything', () => {
    expect(mergedParameters([rules(['10m'], ['deploy']), undefined])).toBeUndefined()
  })

  test('together allow exactly what one of them allows', () => {
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 3 }), calls, (all, call) => {
        const merged = mergedParameters(all)
        fc.pre(merged !== 'too-wide')
        expect(lets(merged, call)).toBe(all.some((one) => lets(one, call)))
      }),
      { numRuns: 2_000 },
    )
  })
})
