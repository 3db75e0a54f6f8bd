/** Every page of the console in every state it can be in: an address, what the API answers there, and what to do before it is looked at. */
import type { Page } from 'playwright-core'
import type { Reason } from '../../domain/rollout/reason.ts'
import type { Outcome, Phase } from '../../domain/rollout/phase.ts'
import { legalRequests, phases, shownState, waitsIn } from '../../domain/rollout/phase.ts'
import type { Release, Rollback } from '../../schema/release.ts'
import type { EnvironmentView } from '../../schema/service.ts'
import type { Recorded } from './recorded-api.ts'
import { baking, bringingBack, environment, lineOf, recordings, releasePath, rollbackRecordings, service } from './recordings.ts'

type Answers = Readonly<Record<string, Recorded | null>>

export interface PageState {
  readonly address: string
  readonly answers: Answers
  /** Text that is there once the page is. */
  readonly shows: string
  /** What a person does before the page is looked at. */
  readonly act?: (page: Page) => Promise<void>
}

const minute = 60_000
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()
const ahead = (ms: number): string => new Date(Date.now() + ms).toISOString()

const problem = (status: number, code: string, detail: string, hint?: string): Recorded => ({
  status,
  body: { status, code, title: code, detail, ...(hint ? { hint } : {}), requestId: 'r' },
})
const stranger = problem(401, 'not-authenticated', 'this needs a credential', "run 'holdfast login', or 'holdfast console'")
const usedLink = problem(401, 'not-authenticated', 'this link was used, or is too old', "'holdfast console' mints another")

const reasons: Partial<Record<Phase, Reason>> = {
  held: { code: 'inconclusive', detail: 'neither good nor bad was shown; errors: at most 2.1 % after 1820 requests, needs 1 %' },
  'going-back': { code: 'fail', detail: '13.9 % of 223 requests failed; the stable version had none (E 1.2e6, limit 125)' },
  'needs-operator': {
    code: 'way-back-failed',
    detail: '1.4.0 has 0 of 2 healthy replicas after 120 s',
    hint: "'holdfast logs checkout -e production' shows what it printed",
  },
}

const weights: Partial<Record<Phase, number>> = { queued: 0, starting: 0, 'going-back': 0, watching: 100, retiring: 100 }

/** A release as it stands in a phase. */
export function releaseIn(phase: Phase, over: Partial<Release> = {}): Release {
  const weightPercent = weights[phase] ?? 50
  const isForPeople = (['gated', 'paused', 'held'] as Phase[]).includes(phase)
  const at = ahead(3 * 3_600_000)
  return {
    ...baking,
    state: shownState(phase, null),
    phase,
    weightPercent,
    move: phase === 'watching' || phase === 'retiring' || phase === 'promoting' ? 2 : weightPercent === 50 ? 1 : 0,
    reason: reasons[phase] ?? null,
    waitsFor:
      phase === 'queued'
        ? 'checkout-6, which has the turn in checkout/production'
        : waitsIn[phase] &&
          `${waitsIn[phase]}${isForPeople ? `, until ${at.slice(0, 16).replace('T', ' ')} UTC; then it goes back to 1.4.0` : ''}`,
    until: isForPeople ? { at, next: 'it goes back to 1.4.0' } : null,
    legalRequests: [...legalRequests(phase)],
    analysis: phase === 'queued' || phase === 'starting' ? null : baking.analysis,
    createdAt: ago(12 * minute),
    startedAt: ago(12 * minute),
    phaseSince: ago(4 * minute),
    ...over,
  }
}

export const releaseEnded = (outcome: Outcome, reason: Reason | null, over: Partial<Release> = {}): Release => ({
  ...releaseIn('baking'),
  state: outcome,
  phase: null,
  outcome,
  weightPercent: outcome === 'succeeded' ? 100 : 0,
  move: outcome === 'succeeded' ? 2 : 1,
  reason,
  waitsFor: null,
  until: null,
  legalRequests: [],
  phaseSince: null,
  endedAt: ago(minute),
  ...over,
})

const rollbackIn = (phase: Phase, over: Partial<Rollback> = {}): Rollback => ({
  ...bringingBack,
  state: shownState(phase, null),
  phase,
  weightPercent: weights[phase] ?? 50,
  reason: reasons[phase] ?? null,
  waitsFor: waitsIn[phase],
  legalRequests: [...legalRequests(phase)],
  createdAt: ago(5 * minute),
  startedAt: ago(5 * minute),
  phaseSince: ago(minute),
  ...over,
})

const onRelease = (release: Release, more: Answers = {}): Omit<PageState, 'shows'> => ({
  address: '#/releases/checkout-7',
  answers: { ...recordings, [`GET ${releasePath}`]: { body: release }, ...more },
})
const rollbackPath = `/v1/rollbacks/${encodeURIComponent(bringingBack.id)}`
const onRollback = (rollback: Rollback): Omit<PageState, 'shows'> => ({
  address: `#/rollbacks/${encodeURIComponent(bringingBack.id)}`,
  answers: { ...recordings, ...rollbackRecordings, [`GET ${rollbackPath}`]: { body: rollback } },
})

const longName = `checkout-${'very-'.repeat(10)}end`
const longVersion = `2026.11.29-${'feature'.repeat(15)}`
const longText =
  `hook exited with 1: ${'npm ERR! code ELIFECYCLE at /srv/app/node_modules/some-package/index.js:10:5\n'.repeat(56)}`.slice(
    0,
    4_096,
  )

const noTraffic = { ...environment.traffic, asked: {}, effective: {}, versions: {} } as EnvironmentView['traffic']
const fresh: EnvironmentView = { ...environment, stable: null, last: null, queue: [], traffic: noTraffic, replicas: [] }
const failedFirst: EnvironmentView = {
  ...fresh,
  last: {
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
  traffic: { ...environment.traffic, asked: { aaaa1111: 100 }, effective: { aaaa1111: 100 } } as EnvironmentView['traffic'],
  replicas: environment.replicas?.slice(0, 1) ?? [],
}
const turn = (id: string, phase: Phase, version = '1.5.0'): EnvironmentView['queue'][number] => ({
  id,
  kind: id.includes('/') ? 'rollback' : 'rollout',
  version,
  state: shownState(phase, null),
  phase,
  weightPercent: weights[phase] ?? 50,
})

const services = (...items: readonly object[]): Answers => ({ 'GET /v1/services': { body: { items, nextCursor: null } } })
const releasesOf = (...items: readonly Release[]): Answers => ({
  'GET /v1/releases': { body: { items, nextCursor: null } },
  'GET /v1/services/checkout/history': { body: { items: items.map(lineOf), nextCursor: null } },
})
export const manyReleases = Array.from({ length: 200 }, (_, i): Release => {
  const id = `checkout-${300 - i}`
  const ended: readonly [Outcome, Reason | null][] = [
    ['succeeded', null],
    ['rolled-back', { code: 'fail', detail: '13.9 % of 223 requests failed; the stable version had none (E 1.2e6, limit 125)' }],
    ['rolled-back', { code: 'inconclusive', detail: 'neither good nor bad was shown' }],
    ['aborted', { code: 'aborted', detail: 'seen enough' }],
    ['superseded', null],
  ]
  if (i === 0) return { ...releaseIn('held'), id }
  const [outcome, reason] = ended[i % ended.length] ?? ['succeeded', null]
  return releaseEnded(outcome, reason, {
    id,
    version: `1.${300 - i}.0`,
    environment: i % 3 ? 'production' : 'staging',
    createdAt: ago(i * 47 * minute),
  })
})

const placesOf = (name: string, ...environments: readonly EnvironmentView[]) => ({
  ...service,
  name,
  environments: environments.map((each) => ({ ...each, service: name })),
})
const dialog = (button: string) => async (page: Page) => {
  await page.getByRole('button', { name: button, exact: true }).first().click()
  await page.getByRole('dialog').waitFor()
}
const confirmed =
  (button: string, fields: Readonly<Record<string, string>> = {}) =>
  async (page: Page) => {
    await dialog(button)(page)
    for (const [label, value] of Object.entries(fields)) await page.getByRole('dialog').getByLabel(label).fill(value)
    await page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click()
    await page.getByRole('dialog').getByRole('alert').waitFor()
  }

const onService = (body: object, more: Answers = {}): Omit<PageState, 'shows'> => ({
  address: '#/services/checkout',
  answers: { ...recordings, 'GET /v1/services/checkout': { body }, ...more },
})

export const failure = '13.9 % of 223 requests failed; the stable version had none (E 1.2e6, limit 125)'
const outcomes: Readonly<Record<string, Release>> = {
  succeeded: releaseEnded('succeeded', null, { reached: ['production'] }),
  'sent back by a verdict': releaseEnded('rolled-back', { code: 'fail', detail: failure }),
  'sent back as inconclusive': releaseEnded('rolled-back', { code: 'inconclusive', detail: 'neither good nor bad was shown' }),
  'both bad': releaseIn('held', {
    reason: {
      code: 'both-bad',
      detail:
        '52 % of 400 requests failed, and at the stable version 48 % (190 of 396): both have more than the 5 % that are allowed, so going back would not help (guardrail E 4.1e9, limit 667)',
    },
  }),
  aborted: releaseEnded('aborted', { code: 'aborted', detail: 'seen enough' }),
  superseded: releaseEnded('superseded', { code: 'superseded', detail: 'checkout-8 is stable' }),
  'stable already': releaseEnded('succeeded', { code: 'nothing-to-do', detail: '1.5.0 is stable already' }),
  'never ready': releaseEnded(
    'rolled-back',
    {
      code: 'cannot-start',
      detail: '0 of 2 ready: spawn ./start ENOENT',
      hint: "'holdfast logs checkout -e production --version 1.5.0' shows what it printed",
    },
    { stable: null, analysis: null },
  ),
  stuck: releaseIn('baking', { stuck: true }),
  unguarded: releaseIn('baking', {
    analysis: { standing: 'unguarded' },
    waitsFor: 'an analysis worker: nobody has looked at it for 42 s',
  }),
  'two environments': releaseIn('baking', { environments: ['staging', 'production'], reached: ['staging'] }),
  'twin gated': releaseIn('gated', {
    weightPercent: 0,
    until: null,
    waitsFor: 'a person to promote it',
    reason: { code: 'twin-went-back', detail: 'checkout-6, the same version, was rolled back while this one waited' },
  }),
}

const rollbackEnds: Readonly<Record<string, Rollback>> = {
  succeeded: rollbackIn('watching', {
    state: 'succeeded',
    phase: null,
    outcome: 'succeeded',
    waitsFor: null,
    legalRequests: [],
    endedAt: ago(minute),
  }),
  aborted: rollbackIn('watching', {
    state: 'aborted',
    phase: null,
    outcome: 'aborted',
    weightPercent: 0,
    waitsFor: null,
    legalRequests: [],
    endedAt: ago(minute),
    reason: { code: 'aborted', detail: 'it was the network' },
  }),
  'brings home': rollbackIn('going-back', {
    reason: { code: 'lost', detail: 'the rollout that had the turn was lost' },
    requestedBy: { kind: 'system', id: 'sweeper' },
  }),
}

/** By what a person would call them. */
export const pageStates: Readonly<Record<string, PageState>> = {
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
        placesOf(
          'checkout',
          { ...quiet, name: 'staging' },
          { ...quiet, name: 'canary' },
          { ...environment, queue: [turn('checkout-7', 'held'), turn('checkout-8', 'queued', '1.6.0')] },
        ),
        placesOf('search', { ...quiet, name: 'staging' }, failedFirst),
        placesOf('mail', fresh),
        placesOf(
          'ledger',
          { ...quiet, traffic: null, replicas: null },
          { ...quiet, name: 'dr-site', queue: [turn('rollback/ledger/dr-site/2', 'watching', '1.3.0')] },
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
        ...placesOf(longName, {
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
        placesOf('checkout', { ...quiet, queue: [turn('checkout-7', 'held')] }),
        placesOf('search', { ...quiet, queue: [turn('search-7', 'gated')] }),
        placesOf('mail', { ...quiet, queue: [turn('mail-7', 'paused')] }),
        placesOf('ledger', { ...quiet, queue: [turn('ledger-7', 'needs-operator')] }),
        placesOf('audit', { ...quiet, queue: [turn('rollback/audit/production/2', 'held')] }),
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
              until: { at: ahead(50 * minute), next: 'it goes back to 1.3.9' },
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
  'service, unknown': {
    ...onService(
      {},
      {
        'GET /v1/services/checkout': problem(
          404,
          'not-found',
          'there is no service checkout',
          "'holdfast service list' shows those there are",
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
        'nothing-to-go-back-to',
        'there is no earlier good version in checkout/production',
      ),
    }),
    shows: 'Owned by',
    act: confirmed('Roll back production'),
  },
  ...Object.fromEntries(
    phases
      .filter((phase) => phase !== 'ended')
      .map((phase) => [`release, ${phase}`, { ...onRelease(releaseIn(phase)), shows: 'Events' }]),
  ),
  ...Object.fromEntries(
    Object.entries(outcomes).map(([name, release]) => [`release, ${name}`, { ...onRelease(release), shows: 'Events' }]),
  ),
  'release, 4 KB of an error': {
    ...onRelease(releaseEnded('rolled-back', { code: 'hook-failed', detail: longText }), {
      [`GET ${releasePath}/events`]: {
        isStream: true,
        body: [
          {
            subject: baking.id,
            seq: 1,
            kind: 'hook-failed',
            actor: { kind: 'system', id: 'rollout' },
            at: ago(minute),
            data: { detail: longText },
          },
          {
            subject: baking.id,
            seq: 2,
            kind: 'going-back',
            actor: { kind: 'system', id: 'rollout' },
            at: ago(minute),
            data: { code: 'hook-failed', detail: longText },
          },
        ],
      },
    }),
    shows: 'Events',
  },
  'release, long names': {
    ...onRelease(
      releaseIn('baking', {
        id: `${longName}-12`,
        service: longName,
        environment: longName,
        version: longVersion,
        canary: { version: longVersion, revision: 'b' },
        stable: { version: longVersion.replace('2026', '2025'), revision: 'a' },
        note: longText.slice(0, 1_000),
      }),
    ),
    shows: 'Events',
  },
  'release, unknown': {
    ...onRelease(baking, {
      [`GET ${releasePath}`]: problem(
        404,
        'not-found',
        'there is no release checkout-7',
        "'holdfast release list' shows those there are",
      ),
      [`GET ${releasePath}/events`]: problem(404, 'not-found', 'there is no release checkout-7'),
    }),
    shows: 'there is no release',
  },
  'release, its logs': {
    ...onRelease(releaseIn('baking'), {
      'GET /v1/services/checkout/environments/production/logs': {
        body: {
          items: Array.from({ length: 60 }, (_, i) => ({
            at: ago(60_000 - i * 1_000),
            replica: `checkout-production-bbbb2222-${i % 2}`,
            version: '1.5.0',
            line: i % 7 ? `GET /basket/${i} 200 ${i} ms` : `${'a long line '.repeat(30)}`,
          })),
          nextCursor: null,
        },
      },
    }),
    shows: 'Events',
    act: async (page) => {
      await page.getByText('What 1.5.0 prints').click()
      await page.getByText('GET /basket/1 200').waitFor()
    },
  },
  'release, abort is asked about': { ...onRelease(releaseIn('baking')), shows: 'Events', act: dialog('Abort') },
  'release, extend is asked about': { ...onRelease(releaseIn('baking')), shows: 'Events', act: dialog('Extend') },
  ...Object.fromEntries(
    phases
      .filter((phase) => phase !== 'ended')
      .map((phase) => [`rollback, ${phase}`, { ...onRollback(rollbackIn(phase)), shows: 'Events' }]),
  ),
  ...Object.fromEntries(
    Object.entries(rollbackEnds).map(([name, rollback]) => [`rollback, ${name}`, { ...onRollback(rollback), shows: 'Events' }]),
  ),
  'releases, none': { address: '#/releases', answers: { ...recordings, ...releasesOf() }, shows: 'Releases' },
  'releases, none that fit': {
    address: '#/releases?service=checkout&state=aborted',
    answers: { ...recordings, ...releasesOf() },
    shows: 'Releases',
  },
  'releases, 200': {
    address: '#/releases',
    answers: { ...recordings, 'GET /v1/releases': { body: { items: manyReleases, nextCursor: 'more' } } },
    shows: 'checkout-300',
  },
  'releases, an unknown service': {
    address: '#/releases?service=nope',
    answers: {
      ...recordings,
      'GET /v1/releases': problem(404, 'not-found', 'there is no service nope', "'holdfast service list' shows those there are"),
    },
    shows: 'there is no service nope',
  },
  'no such page': { address: '#/nonsense/x', answers: recordings, shows: 'Holdfast' },
}
