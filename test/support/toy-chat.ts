import { z } from 'zod'
import { type ChatKind, chatKind } from '../../src/chat/kind.ts'
import type { Identity } from '../../src/domain/card.ts'

/** A chat platform of a test, which `src` knows nothing of: its channels and accounts are called as Teams calls its own. */
export const toyKind: ChatKind = chatKind({
  title: 'Toy',
  section: z.strictObject({ greeting: z.string().default('hello') }),
  meanings: { '': 'the toy', greeting: 'what it says first' },
  example: 'toy:\n  greeting: hello',
  channelId: z.string().regex(/^19:\w+@thread\.tacv2$/, 'write the id of a thread, such as 19:abc@thread.tacv2'),
  account: z
    .string()
    .regex(/^\w+\/\w+$/, 'write the tenant and the account')
    .transform((link): Identity => {
      const [tenant = '', subject = ''] = link.split('/')
      return { platform: 'toy', tenant, subject }
    }),
  configure: (section, secret) => ({
    settings: { ...section, password: secret('TOY_PASSWORD', 'the password of the toy') },
    create: () => Promise.reject(new Error('the toy is never built')),
    examiner: async () => undefined,
  }),
})
