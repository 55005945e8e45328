#!/usr/bin/env node
import { processIo } from './io.ts'
import { runCommandLine } from './main.ts'

// Not awaited: Node reports a wait that never ends, such as for an answer on a closed input.
void runCommandLine(process.argv.slice(2), processIo()).then((code) => process.exit(code))
