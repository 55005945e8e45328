import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The code that a section of the chapter "On Kubernetes" shows, in its order. */
export const codeIn = (section: string, language: 'sh' | 'yaml'): readonly string[] => {
  const page = readFileSync(join(import.meta.dirname, '../../manifests/README.md'), 'utf8')
  const chapter = page.split('\n## On Kubernetes\n')[1]?.split('\n## ')[0] ?? ''
  const text = chapter.split(`\n### ${section}\n`)[1]?.split('\n### ')[0] ?? ''
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, kind, code = '']) =>
    kind === language ? [code] : [],
  )
}
