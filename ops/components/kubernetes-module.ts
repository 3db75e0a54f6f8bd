/** The Go module that Kubernetes' programs are built from. `go install` refuses them, because their module replaces others. */
import type { GoModule } from './go-install.ts'

/**
 * The modules that `k8s.io/kubernetes` requires at v0.0.0 and keeps in its own tree. Each is published with the minor version of
 * Kubernetes.
 */
const staging = [
  'api',
  'apiextensions-apiserver',
  'apimachinery',
  'apiserver',
  'cli-runtime',
  'client-go',
  'cloud-provider',
  'cluster-bootstrap',
  'code-generator',
  'component-base',
  'component-helpers',
  'controller-manager',
  'cri-api',
  'cri-client',
  'csi-translation-lib',
  'dynamic-resource-allocation',
  'endpointslice',
  'externaljwt',
  'kms',
  'kube-aggregator',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubectl',
  'kubelet',
  'metrics',
  'mount-utils',
  'pod-security-admission',
  'sample-apiserver',
]

const main = `package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	programs := map[string]func() *cobra.Command{
		"kube-apiserver":          apiserver.NewAPIServerCommand,
		"kube-controller-manager": controllers.NewControllerManagerCommand,
		"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
		"kube-proxy":              proxy.NewProxyCommand,
		"kubectl":                 kubectl.NewDefaultKubectlCommand,
	}
	program, found := programs[filepath.Base(os.Args[0])]
	if !found {
		fmt.Fprintln(os.Stderr, "this is none of the programs of Kubernetes:", os.Args[0])
		os.Exit(2)
	}
	os.Exit(cli.Run(program()))
}
`

/** A build that is told no version says v0.0.0, which the API server refuses to emulate. */
export function kubernetesModule(version: string): Pick<GoModule, 'files' | 'of' | 'version' | 'set'> {
  const [major = '', minor = '', patch = ''] = version.split('.')
  const published = `v0.${minor}.${patch}`
  const replaced = staging.map((name) => `\tk8s.io/${name} => k8s.io/${name} ${published}`).join('\n')
  const base = 'k8s.io/component-base/version'
  return {
    of: 'k8s.io/kubernetes',
    version,
    set: [`${base}.gitVersion=v${version}`, `${base}.gitMajor=${major}`, `${base}.gitMinor=${minor}`],
    files: {
      'go.mod': `module kubernetes\n\ngo 1.25.0\n\nrequire k8s.io/kubernetes v${version}\n\nreplace (\n${replaced}\n)\n`,
      'main.go': main,
    },
  }
}
