/** How the API server finds metrics-server, and the rights of metrics-server as its own manifests ask for them. */
import { users } from '../certificates.ts'
import { addresses } from '../cluster-home.ts'

const name = 'metrics-server'
const namespace = 'kube-system'
const rbac = 'rbac.authorization.k8s.io'
const subjects = [{ apiGroup: rbac, kind: 'User', name: users.metrics.user }]
const binding = (of: string, role: string) => ({
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name: of },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  subjects,
})

/** The API server connects to the endpoint itself, so the Service needs no proxy. */
export const podMetricsObjects: readonly object[] = [
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: `system:${name}` },
    rules: [
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
    ],
  },
  binding(`system:${name}`, `system:${name}`),
  binding(`${name}:system:auth-delegator`, 'system:auth-delegator'),
  {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `${name}-auth-reader`, namespace },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'extension-apiserver-authentication-reader' },
    subjects,
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { ports: [{ port: 443, targetPort: addresses.metricsPort }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [addresses.node], conditions: { ready: true } }],
    ports: [{ port: addresses.metricsPort, protocol: 'TCP' }],
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      insecureSkipTLSVerify: true,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { name, namespace },
    },
  },
]
