/** What the bot can do at a vault. `contained`: it lends an administrator's policies, and writes none. */
export const powers = ['contained', 'root-equivalent'] as const
export type Power = (typeof powers)[number]

/** What a thief of the bot's credentials could do there. */
export const powerText: { readonly [P in Power]: string } = {
  contained:
    'Latchkey lends policies of the vault’s administrator and writes none. Whoever takes its credentials can lend only these, without an approval.',
  'root-equivalent':
    'Latchkey writes policies and users. Whoever takes its credentials can give themselves every right there.',
}

export const powerOf = ({ contained }: { readonly contained?: unknown }): Power =>
  contained ? 'contained' : 'root-equivalent'
