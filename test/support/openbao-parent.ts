import { startOpenBao } from '../../src/demo/openbao.ts'

// A process that starts a server and then does nothing, so that a test can kill it.
const { pid, address, auditFile } = await startOpenBao()
console.log(JSON.stringify({ pid, address, auditFile }))
setInterval(() => {}, 60_000)
