import type { Reporter, TestModule } from 'vitest/node'

/** Ends every run with one line that a script can read: `N passed, N failed`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0
    let failed = unhandled.length
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1
      for (const test of module.children.allTests()) {
        if (test.result().state === 'passed') passed += 1
        else failed += 1 // a skipped test is a failure: nothing is skipped silently
      }
    }
    process.once('exit', () => console.log(`${passed} passed, ${failed} failed`))
  }
}
