/** One line of a vault's log, as long as real ones are. */
export const auditLine = (name: string, path: string): string => {
  const hidden = `hmac-sha256:${'0f'.repeat(32)}`
  const auth = {
    ...{ client_token: hidden, accessor: hidden, display_name: 'token', policies: [name], token_policies: [name] },
    policy_results: { allowed: true, granting_policies: [{ name, namespace_id: 'root', type: 'acl' }] },
    ...{ token_type: 'service', token_ttl: 2_764_800 },
  }
  const request = {
    ...{ id: crypto.randomUUID(), client_id: hidden, operation: 'read', mount_point: 'kv/', mount_type: 'kv' },
    ...{ client_token: hidden, client_token_accessor: hidden, namespace: { id: 'root' }, path },
    ...{ remote_address: '10.1.2.3', remote_port: 39_850 },
  }
  const response = { mount_point: 'kv/', data: { data: { value: hidden }, metadata: { version: 1, more: hidden } } }
  return `${JSON.stringify({ time: new Date().toISOString(), type: 'response', auth, request, response })}\n`
}
