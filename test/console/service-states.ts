/** The sign-in, the page of all services and the page of one in every state. */
import type { Reason } from '../../domain/rollout/reason.ts'
import type { Phase } from '../../domain/rollout/phase.ts'
import { shownState } from '../../domain/rollout/phase.ts'
import type { EnvironmentView } from '../../schema/service.ts'
import { environment, recordings, service } from './recordings.ts'
import { ago, ahead, manyReleases, minute, problem, releaseEnded, releaseIn, rollbackIn, weights } from './standing.ts'
import type { Answers, PageState } from './page-state.ts'
import { releasesOf, longName, longVersion, longText, dialog, confirmed } from './page-state.ts'

const stranger = problem(401, 'not-authenticated', 'this needs a credential', "run 'holdfast login', or 'holdfast console'")
const usedLink = problem(
  401,
  'not-authenticated',
  'this link was used already, or has expired',
  "'holdfast console' creates another",
)

const noTraffic = { ...environment.traffic, desired: {}, effective: {}, versions: {} } as EnvironmentView['traffic']
const fresh: EnvironmentView = { ...environment, stable: null, last: null, queue: [], traffic: noTraffic, replicas: [] }
const failedFirst: EnvironmentView = {
  ...fresh,
  last: {
    subjectKind: 'release',
    id: 'checkout-1',
    kind: 'rollout',
    version: '0.1.0',
    outcome: 'rolled-back',
    reason: {
      code: 'cannot-start',
      detail: '0 of 2 ready: spawn ./start ENOENT',
      hint: "'holdfast logs checkout -e production' shows what it printed",
    },
    endedAt: ago(3 * minute),
  },
}
const quiet: EnvironmentView = {
  ...environment,
  queue: [],
  traffic: { ...environment.traffic, desired: { aaaa1111: 100 }, effective: { aaaa1111: 100 } } as EnvironmentView['traffic'],
  replicas: environment.replicas?.slice(0, 1) ?? [],
}
const turn = (
  id: string,
  phase: Phase,
  version = '1.5.0',
  kind: 'rollout' | 'rollback' = 'rollout',
): EnvironmentView['queue'][number] => ({
  subjectKind: kind === 'rollback' ? 'rollback' : 'release',
  id,
  kind,
  version,
  state: shownState(phase, null),
  phase,
  weightPercent: weights[phase] ?? 50,
})

const services = (...items: readonly object[]): Answers => ({ 'GET /v1/services': { body: { items, nextCursor: null } } })

const serviceWith = (name: string, ...environments: readonly EnvironmentView[]) => ({
  ...service,
  name,
  environments: environments.map((each) => ({ ...each, service: name })),
})

const onService = (body: object, more: Answers = {}): Omit<PageState, 'shows'> => ({
  address: '#/services/checkout',
  answers: { ...recordings, 'GET /v1/services/checkout': { body }, ...more },
})

export const serviceStates: Readonly<Record<string, PageState>> = {
  'sign-in, nobody is signed in': {
    address: '#/',
    answers: { 'GET /v1/services': stranger, 'GET /v1/releases': stranger },
    shows: 'Sign in to Holdfast',
  },
  'sign-in, a link that was used': {
    address: '#code=used',
    answers: { 'GET /v1/services': stranger, 'GET /v1/releases': stranger, 'POST /v1/console/sessions': usedLink },
    shows: 'Sign in to Holdfast',
  },
  'services, none': { address: '#/', answers: { ...services(), ...releasesOf() }, shows: 'Services' },
  'services, one': { address: '#/', answers: recordings, shows: '1.5.0' },
  'services, many and many environments': {
    address: '#/',
    answers: {
      ...services(
        serviceWith(
          'checkout',
          { ...quiet, name: 'staging' },
          { ...quiet, name: 'canary' },
          { ...environment, queue: [turn('checkout-7', 'held'), turn('checkout-8', 'queued', '1.6.0')] },
        ),
        serviceWith('search', { ...quiet, name: 'staging' }, failedFirst),
        serviceWith('mail', fresh),
        serviceWith(
          'ledger',
          { ...quiet, traffic: null, replicas: null },
          { ...quiet, name: 'dr-site', queue: [turn('rollback/ledger/dr-site/2', 'watching', '1.3.0', 'rollback')] },
        ),
      ),
      ...releasesOf(releaseIn('held'), ...manyReleases.slice(1, 8)),
    },
    shows: 'ledger',
  },
  'services, long names': {
    address: '#/',
    answers: {
      ...services({
        ...serviceWith(longName, {
          ...environment,
          name: longName,
          queue: [{ ...turn(`${longName}-12`, 'held'), version: longVersion }],
          traffic: {
            ...environment.traffic,
            versions: { aaaa1111: longVersion, bbbb2222: longVersion },
          } as EnvironmentView['traffic'],
          stable: { ...environment.stable, version: longVersion } as EnvironmentView['stable'],
        }),
        owners: [longName, longName],
      }),
      ...releasesOf(
        releaseIn('held', {
          id: `${longName}-12`,
          service: longName,
          version: longVersion,
          requestedBy: { kind: 'person', id: `${'a'.repeat(60)}@example.com` },
          reason: { code: 'hook-failed', detail: longText },
        }),
      ),
    },
    shows: 'Latest releases',
  },
  'services, everything needs a person': {
    address: '#/',
    answers: {
      ...services(
        serviceWith('checkout', { ...quiet, queue: [turn('checkout-7', 'held')] }),
        serviceWith('search', { ...quiet, queue: [turn('search-7', 'gated')] }),
        serviceWith('mail', { ...quiet, queue: [turn('mail-7', 'paused')] }),
        serviceWith('ledger', { ...quiet, queue: [turn('ledger-7', 'needs-operator')] }),
        serviceWith('audit', { ...quiet, queue: [turn('rollback/audit/production/2', 'held', '1.5.0', 'rollback')] }),
      ),
      ...releasesOf(
        releaseIn('held'),
        releaseIn('gated', { id: 'search-7', service: 'search' }),
        releaseIn('paused', { id: 'mail-7', service: 'mail' }),
        releaseIn('needs-operator', { id: 'ledger-7', service: 'ledger' }),
      ),
      'GET /v1/rollbacks': {
        body: {
          items: [
            rollbackIn('held', {
              id: 'rollback/audit/production/2',
              service: 'audit',
              reason: { code: 'split-broken', detail: '3 of 300 requests came to the canary at a weight of 50 %' },
              until: { at: ahead(50 * minute), next: 'it is reverted to 1.3.9' },
            }),
          ],
          nextCursor: null,
        },
      },
    },
    shows: 'Needs a person',
  },
  'services, the API is away': {
    address: '#/',
    answers: { 'GET /v1/services': null, 'GET /v1/releases': null },
    shows: 'the API does not answer',
  },
  'services, the database is away': {
    address: '#/',
    answers: {
      'GET /v1/services': problem(503, 'database-unavailable', 'the database cannot be reached', 'it is tried again'),
      'GET /v1/releases': problem(503, 'database-unavailable', 'the database cannot be reached', 'it is tried again'),
    },
    shows: 'the database cannot be reached',
  },
  service: { ...onService(service, releasesOf(releaseIn('baking'), ...manyReleases.slice(1, 20))), shows: 'Owned by' },
  'service, never released': { ...onService({ ...service, environments: [fresh] }, releasesOf()), shows: 'no version yet' },
  'service, a first release that failed': {
    ...onService(
      { ...service, environments: [failedFirst] },
      releasesOf(releaseEnded('rolled-back', failedFirst.last?.reason as Reason, { id: 'checkout-1', version: '0.1.0' })),
    ),
    shows: 'ENOENT',
  },
  'service, needs a person': {
    ...onService(
      { ...service, environments: [{ ...environment, queue: [turn('checkout-7', 'held')] }] },
      releasesOf(releaseIn('held')),
    ),
    shows: 'Needs a person',
  },
  'service, more that wait than are read': {
    ...onService(service, { 'GET /v1/releases': { body: { items: [releaseIn('queued')], nextCursor: 'more' } } }),
    shows: 'Not every release',
  },
  'service, more in its queue than are named': {
    ...onService({ ...service, environments: [{ ...environment, queueMore: 1_234 }] }),
    shows: 'and 1,234 more',
  },
  'service, unknown': {
    ...onService(
      {},
      {
        'GET /v1/services/checkout': problem(
          404,
          'not-found',
          'there is no service checkout',
          "'holdfast service list' shows the existing ones",
        ),
        'GET /v1/releases': problem(404, 'not-found', 'there is no service checkout'),
      },
    ),
    shows: 'there is no service',
  },
  'service, a release is started': { ...onService(service), shows: 'Owned by', act: dialog('Release a version') },
  'service, a start that is refused': {
    ...onService(service, {
      'POST /v1/services/checkout/releases': problem(
        422,
        'invalid-input',
        'there is nothing at /srv/builds/1.6.0 on the machine of the target',
        'name a folder that is there',
      ),
    }),
    shows: 'Owned by',
    act: confirmed('Release a version', { Version: '1.6.0', Artifact: '/srv/builds/1.6.0' }),
  },
  'service, a rollback is started': {
    ...onService(service, releasesOf(releaseIn('baking'), ...manyReleases.slice(1, 20))),
    shows: 'Owned by',
    act: dialog('Roll back production'),
  },
  'service, a rollback that is refused': {
    ...onService(service, {
      'POST /v1/services/checkout/environments/production/rollbacks': problem(
        409,
        'no-earlier-version',
        'there is no earlier good version in checkout/production',
      ),
    }),
    shows: 'Owned by',
    act: confirmed('Roll back production'),
  },
}
