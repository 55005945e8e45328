import type { AccountName, ChatExaminer } from '../../chat/kind.ts'
import type { Identity } from '../../domain/card.ts'
import { causeOf } from '../../findings.ts'
import { refusedText } from '../../views/copy-unreachable.ts'
import { CliError } from '../trouble.ts'

/** How the chat calls the person; `undefined` where it does not say. Throws why Latchkey would not serve the account. */
export const askedAbout = async (examiner: ChatExaminer, account: Identity): Promise<AccountName | undefined> => {
  const text = `${account.tenant}/${account.subject}`
  try {
    if (!examiner.serves(account))
      throw new CliError(`${text} is of an organisation that this configuration does not serve`)
    const fault = await examiner.account(account)
    if (fault === 'no-member') throw new CliError(`${text} is a guest, an app or of another organisation`)
    // Who is added may well be somebody for whom the app is not installed yet.
    if (fault !== undefined && fault !== 'app-missing') throw new CliError(`${text}: ${refusedText(fault).found}`)
    return await examiner.nameOf(account)
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError(`${text} cannot be looked up: ${causeOf(error)}`)
  }
}
