import pino from 'pino'
import type { Log } from './app/deps.ts'
import { printableLines } from './terminal.ts'

/** Writes one JSON line per event: a constant message and fields. Fields with names of secrets are redacted. */
export const newLog = (level: string): Log =>
  pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    hooks: { streamWrite: printableLines }, // people read the log at a terminal
    redact: {
      paths: [
        'token',
        'password',
        'secret',
        'secretId',
        'authorization',
        '*.token',
        '*.password',
        '*.secret',
        '*.authorization',
      ],
      censor: '[secret]',
    },
  })
