import type { Socket } from 'node:net'

/** Yields the lines of a socket; a line that is too long ends the connection. */
export async function* linesOf(socket: Socket, longest: number): AsyncGenerator<string> {
  socket.setEncoding('utf8')
  let rest = ''
  for await (const chunk of socket) {
    rest += String(chunk)
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.slice(0, end)
      rest = rest.slice(end + 1)
    }
    if (rest.length > longest) throw new Error('a line is too long')
  }
}
