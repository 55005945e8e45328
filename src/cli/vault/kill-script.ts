import type { Bot, Target } from './kill-all.ts'
import type { Lenders } from './lent-tokens.ts'
import { word } from './shell.ts'
import type { Program } from './steps.ts'

/** The same as a shell script that needs only the vault's own command line. */
export const killScript = ({ users, policies, mounts, lenders, bot }: Target, program: Program): string => {
  const prefix = program === 'bao' ? 'BAO' : 'VAULT'
  const all = `$(${program} auth list | awk '$2 == "userpass" { sub("/$", "", $1); print $1 }')`
  const where = mounts.length > 0 ? mounts.map(word).join(' ') : all
  const logins = `$(${program} auth list | awk '$2 ~ /^(approle|kubernetes|jwt|oidc)$/ { sub("/$", "", $1); print $1 }')`
  const matching = (pattern: RegExp) => `grep -E '${pattern.source}'`
  return [
    '#!/bin/sh',
    `# Ends all access that Latchkey gave. Run it as an administrator (${prefix}_ADDR, ${prefix}_TOKEN set; with a private CA also ${prefix}_CACERT); running it again is safe.`,
    '',
    '# without these lists there is no proof',
    `${program} policy list >/dev/null && ${program} auth list >/dev/null || exit 1`,
    ...lendersScript(lenders, program),
    ...(bot ? stopBotScript(bot, program) : []),
    '',
    '# policies: without them every token is powerless at its next request',
    `${program} policy list | ${matching(policies)} | while read -r name; do ${program} policy delete "$name"; done`,
    '',
    '# users, their tokens and the leases of those tokens',
    `for mount in ${where}; do`,
    `  ${program} list "auth/$mount/users" 2>/dev/null | ${matching(users)} | while read -r name; do`,
    `    ${program} lease revoke -sync -prefix "auth/$mount/login/$name"`,
    `    ${program} delete "auth/$mount/users/$name"`,
    '  done',
    'done',
    '',
    '# roles of workloads: nobody logs in by them any more',
    `for mount in ${logins}; do`,
    `  ${program} list "auth/$mount/role" 2>/dev/null | ${matching(policies)} | while read -r name; do`,
    `    ${program} delete "auth/$mount/role/$name"`,
    '  done',
    'done',
    '',
    '# tokens that were only lent: all that these roles made, under whatever name',
    `for role in $lenders; do ${program} lease revoke -sync -prefix "auth/token/create/$role"; done`,
    '',
    '# and those with a drawn name; a vault tells them one by one',
    "paths=$(printf 'auth/token/create/%s\\n' $lenders)",
    'lent() {',
    `  [ -n "$(${program} list auth/token/roles 2>/dev/null)" ] || return 0`,
    `  ${program} list auth/token/accessors | tail -n +3 | while read -r accessor; do`,
    `    token=$(${program} token lookup -accessor "$accessor" 2>/dev/null) || continue`,
    `    name=$(echo "$token" | awk '$1 == "display_name" { sub("^token-", "", $2); print $2 }')`,
    `    made=$(echo "$token" | awk '$1 == "path" { print $2 }')`,
    `    if echo "$name" | grep -qE '${policies.source}|${users.source}'; then echo "$accessor"`,
    `    elif echo "$made" | grep -qxF "$paths"; then echo "$accessor"; fi`,
    '  done',
    '}',
    `lent | while read -r accessor; do ${program} token revoke -accessor "$accessor"; done`,
    '',
    '# the proof: nothing is printed, and the exit code is 0',
    `policies=$(${program} policy list) || exit 1`,
    `left=$(echo "$policies" | ${matching(policies)}; for mount in ${where}; do`,
    `  ${program} list "auth/$mount/users" 2>/dev/null | ${matching(users)}; done; for mount in ${logins}; do`,
    `  ${program} list "auth/$mount/role" 2>/dev/null | ${matching(policies)}; done; lent)`,
    '[ -z "$left" ] || { echo "STILL THERE: $left" >&2; exit 1; }',
  ].join('\n')
}

/** The policy is read before it goes: it names the roles. */
const lendersScript = ({ roles, policy }: Lenders, program: Program): readonly string[] => {
  const read = `$(${program} policy read ${policy} 2>/dev/null | grep -o '"auth/token/create/[A-Za-z0-9_.-]*"' | cut -d/ -f4 | tr -d '"')`
  const names = [...roles, ...(policy === undefined ? [] : [read])].join(' ')
  return ['', '# the token roles by which Latchkey lends, if it only lends', `lenders="${names}"`]
}

/**
 * Revokes tokens by the mount's prefix only where no other role shares it. Without the policy they are powerless
 * anyway.
 */
const stopBotScript = ({ mount, role, policy }: Bot, program: Program): readonly string[] => [
  '',
  '# Latchkey itself first: it can no longer log in, and its tokens are powerless',
  `roles=$(${program} list auth/${mount}/role 2>/dev/null | tail -n +3)`,
  `${program} delete auth/${mount}/role/${role}`,
  `${program} policy delete ${policy}`,
  `[ "$roles" != ${word(role)} ] || ${program} lease revoke -sync -prefix auth/${mount}/login`,
]
