import type { Input, Option } from '../../src/views/view-model.ts'
import type { Hands, SeenField, SeenMessage } from './hands.ts'

/** What the toy shows. A button that opens a page has no payload. */
export type ToyContent = { readonly text: string; readonly buttons: readonly { label: string; payload: string }[] }
/** A dialog as the app makes it: fields stand under the keys that the app gives them. */
export type ToyForm = {
  readonly title: string
  readonly text: string
  readonly submit: string | undefined
  readonly close: string
  readonly payload: string
  readonly inputs: readonly (Input & { readonly key: string })[]
}
/** What stands in each field, by key. */
export type ToyValues = Readonly<Record<string, readonly string[]>>
export type ToyPlace = { readonly conversation: string; readonly message: string; readonly isPrivate: boolean }
/** What the toy tells the app: who did what, and where. */
export type ToyDelivery = { readonly from: string } & (
  | { readonly kind: 'command'; readonly words: string; readonly conversation: string }
  | { readonly kind: 'press'; readonly payload: string; readonly place: ToyPlace }
  | { readonly kind: 'suggest'; readonly key: string; readonly typed: string; offer(options: readonly Option[]): void }
  | { readonly kind: 'change' | 'submit'; readonly dialog: ToyDialog; readonly values: ToyValues }
)
export type ToyDialog = { form: ToyForm; chosen: Record<string, readonly Option[]>; errors: Record<string, string> }
type Message = ToyContent & ToyPlace & { readonly only: string | undefined }

/** A chat in memory. It knows who is a guest, and can fall silent about it. */
export const newToyWorld = () => {
  const messages: Message[] = []
  const dialogs = new Map<string, ToyDialog>()
  const app = { deliver: async (_: ToyDelivery): Promise<void> => {} }
  const pictures = new WeakMap<SeenMessage, Message>()
  const seen = (original: Message): SeenMessage => {
    const { message, conversation, text, isPrivate } = original
    const labels = original.buttons.map(({ label }) => `[${label}]`)
    const picture = { id: message, conversation, text: [text, ...labels].join('\n'), isPrivate }
    pictures.set(picture, original)
    return picture
  }
  const dialogOf = (form: ToyForm): ToyDialog => {
    const chosen = Object.fromEntries(form.inputs.map((input) => [input.key, initial(input)]))
    return { form, chosen, errors: {} }
  }
  const world = {
    app,
    guests: new Set<string>(),
    isSilent: false,
    post(conversation: string, content: ToyContent, only?: string): { conversation: string; message: string } {
      const message = `m${messages.length + 1}`
      messages.push({ ...content, conversation, message, only, isPrivate: only !== undefined })
      return { conversation, message }
    },
    edit(message: string, content: ToyContent): void {
      const index = messages.findIndex((each) => each.message === message)
      const before = messages[index]
      if (before) messages[index] = { ...before, ...content }
    },
    /** Word for word, as whoever has the app's rights can do. */
    copy: ({ id }: SeenMessage, conversation: string): unknown => {
      const original = messages.find(({ message }) => message === id)
      return original && world.post(conversation, original)
    },
    open: (who: string, form: ToyForm): ToyDialog => {
      const dialog = dialogOf(form)
      dialogs.set(who, dialog)
      return dialog
    },
    /** Only the dialog that is still there. */
    replace: (who: string, dialog: ToyDialog, form: ToyForm): void => {
      if (dialogs.get(who) === dialog) Object.assign(dialog, dialogOf(form))
    },
    isOpen: (who: string, dialog: ToyDialog): boolean => dialogs.get(who) === dialog,
    close: (who: string): unknown => dialogs.delete(who),
    hands: (id: string): Hands => handsOf(id),
  }

  const handsOf = (id: string): Hands => {
    const top = (): ToyDialog => {
      const dialog = dialogs.get(id)
      if (!dialog) throw new Error(`${id} has no dialog open`)
      return dialog
    }
    const inputOf = (label: string) => {
      const input = top().form.inputs.find((each) => each.label === label)
      if (!input) throw new Error(`there is no field "${label}"`)
      return input
    }
    const valuesOf = ({ chosen }: ToyDialog): ToyValues =>
      Object.fromEntries(Object.entries(chosen).map(([key, options]) => [key, options.map(({ value }) => value)]))
    const offered = async (label: string, typed: string): Promise<readonly Option[]> => {
      let found: readonly Option[] = []
      const offer = (options: readonly Option[]) => {
        found = options
      }
      await app.deliver({ kind: 'suggest', from: id, key: inputOf(label).key, typed, offer })
      return found
    }
    const read = (conversation: string) =>
      messages.filter((each) => each.conversation === conversation && (each.only ?? id) === id).map(seen)
    return {
      id,
      command: (words, conversation = id) => app.deliver({ kind: 'command', from: id, words, conversation }),
      view: () => {
        const dialog = dialogs.get(id)
        if (!dialog) return undefined
        const links = dialog.form.text.match(/https?:\/\/\S+/g) ?? []
        return { ...dialog.form, links, fields: dialog.form.inputs.map((input) => fieldIn(dialog, input)) }
      },
      closeView: async () => dialogs.delete(id),
      fill: async (label, text) => {
        top().chosen[inputOf(label).key] = text === '' ? [] : [{ label: text, value: text }]
      },
      typeahead: async (label, typed) => (await offered(label, typed)).map((option) => option.label),
      pick: async (label, option, typed) => {
        const [input, dialog] = [inputOf(label), top()]
        const names = [option].flat()
        const options = input.kind === 'select' ? input.options : await offered(label, typed ?? names.join(' '))
        dialog.chosen[input.key] = options.filter((each) => names.includes(each.label))
        const tells = input.kind !== 'paragraph' && input.reloads
        if (tells) await app.deliver({ kind: 'change', from: id, dialog, values: valuesOf(dialog) })
      },
      submit: async () => {
        const dialog = top()
        dialog.errors = {}
        await app.deliver({ kind: 'submit', from: id, dialog, values: valuesOf(dialog) })
        const beside = dialog.form.inputs.map((input) => [input.label, dialog.errors[input.key] ?? ''])
        const errors = Object.fromEntries(beside.filter(([, sentence]) => sentence !== ''))
        return { closed: dialogs.get(id) !== dialog, errors }
      },
      press: async (message, button, { asSeen = false } = {}) => {
        const place = asSeen ? pictures.get(message) : messages.find((each) => each.message === message.id)
        const pressed = place?.buttons.find(({ label }) => label === button)
        if (!place || !pressed) throw new Error(`there is no button "${button}"`)
        await app.deliver({ kind: 'press', from: id, payload: pressed.payload, place })
      },
      inbox: () => read(id),
      messages: read,
      whispers: () => messages.filter(({ only }) => only === id).map(seen),
    }
  }
  return world
}
export type ToyWorld = ReturnType<typeof newToyWorld>

const initial = (input: Input): readonly Option[] => {
  if (input.kind === 'typeahead') return input.values
  if (input.kind === 'select') return input.options.filter(({ value }) => value === input.value)
  return input.value ? [{ label: input.value, value: input.value }] : []
}

const fieldIn = ({ chosen, errors }: ToyDialog, input: ToyForm['inputs'][number]): SeenField => ({
  label: input.label,
  value: (chosen[input.key] ?? []).map(({ label }) => label).join(', '),
  options: input.kind === 'select' ? input.options.map(({ label }) => label) : [],
  error: errors[input.key] ?? '',
})
