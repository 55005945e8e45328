import { isOwnAddress } from '../../domain/address.ts'
import { type TeamsSettings, teamsPath } from './settings.ts'

type Silent = Pick<TeamsSettings, 'app' | 'simulatorUrl'>

/** What to check in Azure, in the Teams admin center and here when no press arrives, the likeliest first. */
export const silenceHints = ({ app, simulatorUrl }: Silent, baseUrl: string): readonly string[] => {
  const endpoint = `${baseUrl}${teamsPath}`
  if (simulatorUrl !== undefined) return [`The simulated Teams at ${simulatorUrl} runs, and delivers to ${endpoint}.`]
  const isReachable = /^https:/i.test(baseUrl) && !isOwnAddress(baseUrl)
  return [
    `The bot’s messaging endpoint is ${endpoint}.`,
    ...(isReachable ? [] : ['link.baseUrl is an https address that Microsoft reaches: Teams calls no other.']),
    'The bot has the Microsoft Teams channel.',
    `The app in Teams has the bot id ${app}, and is installed for the person.`,
    'Microsoft reaches that address: the name, the proxy, and a certificate that everybody trusts.',
    'The clock of this machine is right; else the log says that deliveries were not taken.',
  ]
}
