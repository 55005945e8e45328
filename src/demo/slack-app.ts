import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readYaml } from '../config/yaml.ts'

const shipped = join(import.meta.dirname, '../../manifests/slack.yaml')
const Manifest = z.looseObject({
  features: z.looseObject({ app_home: z.looseObject({ home_tab_enabled: z.boolean() }) }),
})

/** Whether the app has a Home tab, by the manifest that operators import. */
export const hasHomeTab = (): boolean =>
  Manifest.parse(readYaml(readFileSync(shipped, 'utf8'), shipped).content).features.app_home.home_tab_enabled
