import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The certificate of an application and its private key, each as PEM; made with openssl. */
export const newAppCertificate = (
  algorithm: readonly string[] = ['rsa:2048'],
): { readonly certificate: string; readonly key: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'app-certificate-'))
  const at = (name: string) => join(folder, name)
  try {
    const place = ['-keyout', at('key'), '-out', at('cert'), '-days', '2', '-subj', '/CN=latchkey']
    execFileSync('openssl', ['req', '-x509', '-nodes', '-newkey', ...algorithm, ...place], { stdio: 'pipe' })
    return { certificate: readFileSync(at('cert'), 'utf8'), key: readFileSync(at('key'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
