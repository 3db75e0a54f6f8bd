/** The Go module that metrics-server is built from: with the packages of our Kubernetes, so that both builds share what Go compiles. */
import type { GoModule } from './go-install.ts'
import { kubernetesModule } from './kubernetes-module.ts'

const of = 'sigs.k8s.io/metrics-server'
const sums: Readonly<Record<string, string>> = { '0.8.0': 'h1:Zlsi3sBWEtFKCD3+xSysThvXyLQ363rUAlqpnsY5JwI=' }

/** Modules of which metrics-server asks for newer ones than Kubernetes does. */
const shared: readonly (readonly [module: string, version: string])[] = [
  ['github.com/davecgh/go-spew', 'v1.1.1'],
  ['github.com/go-openapi/jsonreference', 'v0.20.2'],
  ['go.opentelemetry.io/otel/exporters/otlp/otlptrace', 'v1.34.0'],
  ['go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc', 'v1.34.0'],
  ['golang.org/x/exp', 'v0.0.0-20240719175910-8a7402abbf56'],
  ['golang.org/x/time', 'v0.9.0'],
]

/** Its own schemas have the names that types had before Kubernetes 1.35. */
const schemas = `package openapi

import (
	"k8s.io/kube-openapi/pkg/common"
	kubernetes "k8s.io/kubernetes/pkg/generated/openapi"
)

func GetOpenAPIDefinitions(ref common.ReferenceCallback) map[string]common.OpenAPIDefinition {
	return kubernetes.GetOpenAPIDefinitions(ref)
}
`

export function metricsServerModule(
  version: string,
  kubernetes: string,
): Pick<GoModule, 'files' | 'copies' | 'of' | 'command' | 'version'> {
  const generated = 'pkg/api/generated'
  const replaced = [`${of} => ./copy`, ...shared.map(([module, at]) => `${module} => ${module} ${at}`)]
  const mod = `${kubernetesModule(kubernetes).files['go.mod']}
require ${of} v${version}

replace (
${replaced.map((line) => `\t${line}\n`).join('')})
`
  return {
    of,
    command: `${of}/cmd/metrics-server`,
    version,
    copies: [{ source: { module: of, version, sum: sums[version] ?? '' }, to: 'copy', without: [generated] }],
    files: { 'go.mod': mod, [`copy/${generated}/openapi/schemas.go`]: schemas },
  }
}
