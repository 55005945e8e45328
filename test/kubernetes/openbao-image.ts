import { chmod, copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import { must } from '../image/programs.ts'
import { importImage, withDebian } from './images.ts'

const name = 'quay.io/openbao/openbao:2.7.2'

/** Hands the server program to the node, under the name that the chart has by default, on a Debian instead of an Alpine. */
export const makeOpenBaoImage = async (say: (line: string) => void): Promise<void> => {
  const there = await must('ctr', ['--namespace', 'k8s.io', 'images', 'list', '--quiet'])
  if (there.split('\n').includes(name)) return
  await withDebian(say, async (debian, work) => {
    const root = join(work, 'openbao')
    await must('cp', ['--archive', debian.path, root])
    await copyFile(await findOpenBao(say), join(root, 'usr/bin/bao'))
    await chmod(join(root, 'usr/bin/bao'), 0o755)
    const entry = join(root, 'usr/local/bin/docker-entrypoint.sh')
    await writeFile(entry, '#!/bin/sh\nexec "$@"\n')
    await chmod(entry, 0o755)
    await must('ln', ['-sf', 'bash', join(root, 'bin/sh')]) // like Alpine's shell, it knows "kill -SIGTERM"
    const user = { uid: 100, gid: 1000 }
    await importImage(name, root, {
      command: ['/bin/sh'],
      environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      user,
      folder: '/',
    })
  })
  say(`${name} is at the node.`)
}
