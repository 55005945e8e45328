import { expect, test } from 'vitest'
import { everyForm } from '../views/every-view.ts'

test('Slack cuts no title of a dialog and no word on its buttons: both may have 24 characters', () => {
  const long = everyForm.flatMap(([name, { title, submit, close }]) =>
    [title, submit?.label ?? '', close ?? ''].filter((words) => words.length > 24).map((words) => `${name}: ${words}`),
  )
  expect(long).toEqual([])
})
