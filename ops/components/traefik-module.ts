/** The Go module that Traefik is built from. `go install` refuses it, because its module replaces others. */
import type { GoModule } from './go-install.ts'

const lego = { module: 'github.com/go-acme/lego/v5', version: '5.4.1', sum: 'h1:Jt6xAP9xQrJ3SLLGgxejfDDd3pzdrmuLCWe4oTqHHQc=' }

/** It stands in for a package that lies inside Traefik's repository as a module of its own, so that no proxy of modules has it. */
const extension = `package ext

type HTTP struct{}

func (*HTTP) DeepCopyInto(*HTTP) {}

type Router struct{}

func (*Router) DeepCopyInto(*Router) {}
`

/** It stands in for the clients of some 200 name servers' APIs, which would prove that a domain is ours. A test cluster has no domain. */
const noNameServers = `package dns

import (
	"fmt"

	"${lego.module}/challenge"
)

func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, fmt.Errorf("this build has no client of the name server %s", name)
}
`

/**
 * The replaced modules are those of Traefik's own go.mod, but for go-http-auth, of which no proxy serves the pinned commit, and lego: some of its
 * clients of name servers need modules that no proxy serves.
 */
const goMod = (version: string): string => `module traefik

go 1.26.0

require (
	${lego.module} v${lego.version}
	github.com/traefik/traefik/v3 v${version}
)

replace (
	github.com/abbot/go-http-auth => github.com/containous/go-http-auth v0.4.1-0.20200324110947-a37a7636d23e
	${lego.module} => ./lego
	github.com/gorilla/mux => github.com/containous/mux v0.0.0-20250523120546-41b6ec3aed59
	github.com/traefik/traefik/dynamic/ext => ./ext
)

exclude github.com/tencentcloud/tencentcloud-sdk-go v3.0.83+incompatible
`

export function traefikModule(version: string): Pick<GoModule, 'files' | 'copies' | 'of' | 'command' | 'version' | 'set'> {
  const of = 'github.com/traefik/traefik/v3'
  return {
    of,
    command: `${of}/cmd/traefik`,
    version,
    set: [`${of}/pkg/version.Version=${version}`],
    copies: [{ source: lego, to: 'lego', without: ['cmd', 'e2e', 'providers'] }],
    files: {
      'go.mod': goMod(version),
      'ext/go.mod': 'module github.com/traefik/traefik/dynamic/ext\n\ngo 1.24.0\n',
      'ext/ext.go': extension,
      'lego/providers/dns/none.go': noNameServers,
    },
  }
}
