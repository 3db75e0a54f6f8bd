/** The cluster's Gateway, and the rights of Traefik as its own pages ask for them. */
import { addresses } from '../cluster-home.ts'
import { users } from '../certificates.ts'

/** HTTPRoutes of every namespace may name it as their parent. */
export const gatewayName = { namespace: 'gateway', name: 'web' } as const

const gatewayApi = 'gateway.networking.k8s.io'
const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'gateway' }
const types = [
  'gatewayclasses',
  'gateways',
  'httproutes',
  'grpcroutes',
  'tcproutes',
  'tlsroutes',
  'referencegrants',
  'backendtlspolicies',
]
const reads = ['get', 'list', 'watch']

export const gatewayObjects: readonly object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: gatewayName.namespace } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: role.name },
    rules: [
      { apiGroups: [''], resources: ['namespaces', 'services', 'secrets', 'configmaps'], verbs: reads },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: reads },
      { apiGroups: [gatewayApi], resources: types, verbs: reads },
      { apiGroups: [gatewayApi], resources: types.map((type) => `${type}/status`), verbs: ['update'] },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'ingressclasses'], verbs: reads },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: role.name },
    roleRef: role,
    subjects: [{ apiGroup: role.apiGroup, kind: 'User', name: users.gateway.user }],
  },
  {
    apiVersion: `${gatewayApi}/v1`,
    kind: 'GatewayClass',
    metadata: { name: 'traefik' },
    spec: { controllerName: 'traefik.io/gateway-controller' },
  },
  {
    apiVersion: `${gatewayApi}/v1`,
    kind: 'Gateway',
    metadata: gatewayName,
    spec: {
      gatewayClassName: 'traefik',
      listeners: [
        { name: 'http', port: addresses.gatewayPort, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } },
      ],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'nginx' },
    spec: { controller: 'k8s.io/ingress-nginx' },
  },
]
