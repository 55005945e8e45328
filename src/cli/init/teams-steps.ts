/** The file with the app package, beside the configuration. */
export const packageFile = 'latchkey-teams.zip'

type Left = {
  readonly app: string
  readonly tenant: string
  readonly credential: 'secret' | 'certificate'
  readonly hasCredential: boolean
  readonly hasPackage: boolean
  readonly config: string
  readonly folder: string
  /** Where Microsoft delivers. */
  readonly endpoint: string
  /** The key of a person for the test message. */
  readonly someone: string
}

/** What an administrator does at Microsoft, in order. Lines of 80 columns at most, besides paths and addresses. */
export const stepsAtMicrosoft = (left: Left): readonly string[] => [
  '\nWhat is left for Microsoft Teams, in this order:',
  ...[...credentialStep(left), ...portalSteps(left)].map((step, index) =>
    step.map((line, at) => (at === 0 ? `${index + 1}. ${line}` : `   ${line}`)).join('\n'),
  ),
]

const credentialStep = ({ credential, hasCredential }: Left): readonly (readonly string[])[] => {
  if (hasCredential) return []
  const name = credential === 'secret' ? 'TEAMS_APP_SECRET' : 'TEAMS_APP_CERTIFICATE_FILE'
  return [
    [
      'entra.microsoft.com, at the application: Certificates & secrets.',
      credential === 'secret'
        ? `Make a client secret, and put its value into ${name}.`
        : `Upload the certificate, and name the PEM file in ${name}.`,
    ],
  ]
}

const portalSteps = (left: Left): readonly (readonly string[])[] => [
  [
    'portal.azure.com: create an Azure Bot of the type Single Tenant, with',
    '"Use existing app registration":',
    `application ${left.app}`,
    `tenant      ${left.tenant}`,
  ],
  ['There, under Configuration, the messaging endpoint:', left.endpoint, 'Under Channels add Microsoft Teams.'],
  ['Your proxy passes that address to Latchkey, from the whole internet.'],
  [
    ...(left.hasPackage ? [] : ['Write the app package:', `latchkey teams package --config ${left.config}`]),
    'admin.teams.microsoft.com: Teams apps, Manage apps, Actions, Upload new app:',
    left.hasPackage ? `${left.folder}/${packageFile}` : packageFile,
    'Then allow it to the people who may use it.',
  ],
  [
    'There: Teams apps, Setup policies: add it to the installed apps of a policy.',
    'Teams may need a day. Without the app a person gets no message.',
  ],
  [
    'When the server runs and the person has the app:',
    `latchkey teams test --config ${left.config} --to ${left.someone}`,
  ],
  [
    'More people, once they wrote to Latchkey; else with --name:',
    `latchkey people add TENANT/OBJECT --group requesters --config ${left.config}`,
  ],
  [
    'Everybody, with an administrator’s token of Microsoft Graph:',
    'GRAPH_TOKEN=… latchkey people import --from teams --graph',
  ],
]
