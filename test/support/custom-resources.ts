import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute'
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import type { KubernetesObject } from './kubernetes-validate.ts'

/** Kinds that Kubernetes itself does not have, by their API, with the models of those who made them. */
const kinds = new Map<string, () => { validate(): void }>([
  ['gateway.networking.k8s.io/v1/HTTPRoute', () => new HTTPRoute({ spec: {} })],
  ['monitoring.coreos.com/v1/PrometheusRule', () => new PrometheusRule({ spec: {} })],
  ['monitoring.coreos.com/v1/ServiceMonitor', () => new ServiceMonitor({ spec: { endpoints: [], selector: {} } })],
])

/** The APIs of these kinds, as helm names those of a cluster. */
export const customApis: readonly string[] = [...kinds.keys()]

const modelOf = ({ apiVersion, kind }: KubernetesObject) => kinds.get(`${apiVersion}/${kind}`)

/** Whether the schemas of Kubernetes itself cannot know an object. */
export const isCustom = (object: KubernetesObject): boolean => modelOf(object) !== undefined

/** What the schemas object to. They let unknown keys pass. */
export const customProblems = (objects: readonly KubernetesObject[]): readonly string[] =>
  objects.flatMap((object) => {
    const model = modelOf(object)?.()
    try {
      if (model !== undefined) Object.assign(model, object).validate()
      return []
    } catch (error) {
      return [`${object.kind} ${object.metadata.name}: ${String(error)}`]
    }
  })
