import { dirname } from 'node:path'
import { teamsPath } from '../../chat/teams/settings.ts'
import { isOwnAddress } from '../../domain/address.ts'
import { isPublicHost, packageOf } from '../teams/app-package.ts'
import { CliError, usageError } from '../trouble.ts'
import type { Asker } from './answers.ts'
import type { ChatOptions } from './chat-options.ts'
import type { ChatAnswers, ChatQuestions, Surroundings } from './chats.ts'
import { askForApp, checked } from './teams-app.ts'
import { isTeamsAccount, teamsNaming, teamsPeople } from './teams-people.ts'
import { packageFile, stepsAtMicrosoft } from './teams-steps.ts'
import { value } from './values.ts'

/** Microsoft Teams in the table of chats. */
export const teamsQuestions: ChatQuestions = {
  title: 'Microsoft Teams',
  variables: ['TEAMS_APP_SECRET', 'TEAMS_APP_CERTIFICATE'],
  isMeant: ({ appId, tenant, credential, certificate, serviceUrl, simulatorUrl, package: packed }) =>
    [appId, tenant, credential, certificate, serviceUrl, simulatorUrl, packed].some((given) => given !== undefined),
  needed: ({ appId, tenant }) => [...(appId ? [] : ['--app-id']), ...(tenant ? [] : ['--tenant'])],
  files: ({ package: packed }) => (packed === false ? [] : [packageFile]),
  questions: (surroundings) => {
    refuseWrong(surroundings.options)
    return (ask, number) => askAboutTeams(ask, number, surroundings)
  },
}

const refuseWrong = ({ serviceUrl, simulatorUrl, credential, certificate }: ChatOptions): void => {
  const check = (name: 'serviceUrl' | 'simulatorUrl', option: string, given: string | undefined) => {
    try {
      if (given !== undefined) checked(name, given)
    } catch (error) {
      throw error instanceof CliError ? usageError(`${option}: ${error.message}`) : error
    }
  }
  check('serviceUrl', '--service-url', serviceUrl)
  check('simulatorUrl', '--simulator-url', simulatorUrl)
  if (credential === 'secret' && certificate !== undefined)
    throw usageError('--certificate: not together with --credential secret')
}

const askAboutTeams = async (ask: Asker, number: number, surroundings: Surroundings): Promise<ChatAnswers> => {
  const { options, io, way, folder } = surroundings
  io.note(`\n${number}. The Teams app. None yet? At entra.microsoft.com: App registrations,`)
  io.note('   New registration, for this directory only. Its overview has both ids.')
  const { section, settings, typed, hasCredential } = await askForApp(ask, surroundings)
  return {
    ...{ platform: 'teams', title: 'Microsoft Teams', typed, naming: teamsNaming, isOwn: isTeamsAccount },
    section: [
      `  app: ${section.app}`,
      `  tenant: ${section.tenant} # members of others are refused`,
      ...(section.credential === 'certificate' ? ['  credential: certificate'] : []),
      ...(section.serviceUrl === undefined ? [] : [`  serviceUrl: ${value(section.serviceUrl)}`]),
      ...(section.simulatorUrl === undefined ? [] : [`  simulatorUrl: ${value(section.simulatorUrl)}`]),
    ],
    named: teamsPeople({ settings, way, folder }),
    linkFault: (link) => {
      if (section.simulatorUrl !== undefined || isPublic(link)) return undefined
      return 'Microsoft calls Latchkey there: write its public https address, with a host name'
    },
    afterLink: async (askAgain, link) => {
      io.note(`   Messaging endpoint, for the bot in Azure:\n   ${link}${teamsPath}`)
      const { hostname: host } = new URL(link)
      if (!isPublic(link) || !(await isPackageWanted(askAgain, options))) return {}
      return { [packageFile]: packageOf({ appId: section.app, host, name: 'Latchkey', version: '1.0.0' }) }
    },
    last: ({ config, link, someone, files }) =>
      stepsAtMicrosoft({
        ...{ app: section.app, tenant: section.tenant, credential: settings.credential.kind, hasCredential },
        ...{ config, someone, folder: dirname(config), endpoint: `${link}${teamsPath}` },
        hasPackage: files.includes(packageFile),
      }),
  }
}

const isPublic = (link: string): boolean => !isOwnAddress(link) && isPublicHost(new URL(link).hostname)

const isPackageWanted = (ask: Asker, { package: packed }: ChatOptions): Promise<boolean> =>
  ask({
    option: '--package',
    given: packed === undefined ? undefined : packed ? 'yes' : 'no',
    text: `   Write ${packageFile}, the app package for Teams`,
    proposal: 'yes',
    read: (text) => {
      if (/^y(es)?$/i.test(text)) return true
      if (/^no?$/i.test(text)) return false
      throw new CliError('write yes or no')
    },
  })
