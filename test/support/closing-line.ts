import type { Reporter, TestModule } from 'vitest/node'

const mostNamed = 12

/** Ends a long run with its slowest files, and every run with one line that a script can read: `N passed, N failed`. */
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
    process.once('exit', () => {
      if (modules.length > mostNamed) console.log(`Slowest files:\n${slowest(modules).join('\n')}`)
      console.log(`${passed} passed, ${failed} failed`)
    })
  }
}

/** Files with their project and seconds, the whole of each project first. */
const slowest = (modules: readonly TestModule[]): readonly string[] => {
  const timed = modules.map((module) => ({
    name: `${module.project.name} ${module.relativeModuleId}`,
    project: module.project.name,
    seconds: module.diagnostic().duration / 1000,
  }))
  const projects = Map.groupBy(timed, ({ project }) => project)
  const wholes = [...projects].map(([name, files]) => ({
    name: `${name}, ${files.length} files`,
    seconds: files.reduce((sum, each) => sum + each.seconds, 0),
  }))
  const files = timed.toSorted((one, other) => other.seconds - one.seconds).slice(0, mostNamed)
  return [...wholes, ...files].map(({ name, seconds }) => `${seconds.toFixed(0).padStart(6)} s  ${name}`)
}
