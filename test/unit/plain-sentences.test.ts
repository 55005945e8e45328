import { describe, expect, test } from 'vitest'
import { documents } from '../support/documents.ts'

const mostWords = 20

/** The text that a person wrote: no code, nothing generated. */
const written = (page: string): string =>
  page.replaceAll(/<!-- generated.*?\/generated -->/gs, '').replaceAll(/```.*?```/gs, '')

/** Paragraphs, list items and cells of tables, each on one line; code and links count as one word. */
const paragraphs = (page: string): readonly string[] =>
  written(page)
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)|\n(?=\s*\|)/)
    .flatMap((part) => (part.trimStart().startsWith('|') ? part.split('|') : [part]))
    .map((part) => part.replaceAll(/`[^`]*`/gs, 'code').replaceAll(/\[([^\]]*)\]\([^)]*\)/gs, '$1'))
    .map((part) => part.replaceAll(/\s+/g, ' ').trim())
    .filter((part) => !part.includes(' · ')) // a row of links

const sentences = (paragraph: string): readonly string[] => paragraph.split(/(?<=[.!?:;])(?:\*\*|\))?\s+/)

const wordsIn = (sentence: string): number => sentence.split(' ').filter((word) => /\p{L}|\p{N}/u.test(word)).length

describe('each page for people', () => {
  test.each(documents())('$path has no sentence of more than twenty words', ({ text }) => {
    const long = paragraphs(text)
      .flatMap(sentences)
      .filter((sentence) => wordsIn(sentence) > mostWords)
    expect(long).toEqual([])
  })
})
