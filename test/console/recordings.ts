/** Answers of the API as the console gets them: one service with a canary in flight. */
import type { LookRow } from '../../domain/analysis/look-row.ts'
import type { HistoryItem, Release, Rollback } from '../../schema/release.ts'
import type { EnvironmentView } from '../../schema/service.ts'
import type { Recorded } from './recorded-api.ts'
import type { Event, StepEvent } from '../../domain/events/event.ts'

const none = { bad: 0, total: 0 }
const nothingYet = {
  look: 0,
  atMs: null,
  weightPercent: 10,
  alpha: 0.01,
  logE: 0,
  limit: 4.8,
  guardrail: { canary: 0, stable: 0, limit: 6.5, maxErrorRate: 0.05, byClients: false, canaryErrors: none, stableErrors: none },
  requests: { canary: none, stable: none },
  split: null,
  channels: [],
  blindSinceMs: null,
}

const replicas = {
  canary: { exits: 2, how: 'exit code 1, 2 times in 20 s', lastAtMs: 0, lines: ['out of luck'], deadSinceMs: null },
  stable: { exits: 0, how: null, lastAtMs: null, lines: [], deadSinceMs: null },
}

export const releasePath = '/v1/releases/checkout-7'

const sinceMs = Date.parse('2026-03-01T10:00:00Z')
const at = (seconds: number): string => new Date(sinceMs + seconds * 1_000).toISOString()

const stable = { version: '1.4.0', revision: 'aaaa1111' }
const canary = { version: '1.5.0', revision: 'bbbb2222' }

export const baking: Release = {
  kind: 'release',
  id: 'checkout-7',
  service: 'checkout',
  version: '1.5.0',
  state: 'progressing',
  phase: 'baking',
  environment: 'production',
  weightPercent: 50,
  move: 1,
  moves: [
    { weight: 10, gate: null, bake: { minMs: 120_000, maxMs: 1_800_000 } },
    { weight: 50, gate: 'manual', bake: { minMs: 300_000, maxMs: 3_600_000 } },
  ],
  reason: null,
  waitsFor: 'the analysis of this step',
  until: null,
  legalRequests: ['pause', 'promote', 'promote-fully', 'extend', 'abort'],
  outcome: null,
  analysis: {
    standing: 'looking',
    canary: { bad: 41, total: 3_120 },
    stable: { bad: 24, total: 28_904 },
    toPass: { toGoMs: 90_000, text: 'errors: at most 2.1 %, needs 1 %: about 90 s to go' },
    evidence: {
      ...nothingYet,
      replicas,
      cautions: ['alpha is not held, because of clusters larger than analysis.maxDispersion'],
    },
  },
  requestedBy: { kind: 'person', id: 'ann' },
  note: 'the new basket',
  createdAt: at(0),
  startedAt: at(1),
  endedAt: null,
  phaseSince: at(130),
  stuck: false,
  links: { self: releasePath, events: `${releasePath}/events`, temporal: 'http://127.0.0.1:8233/x', console: null },
  stable,
  canary,
  reached: [],
  environments: ['production'],
  retryOf: null,
  planDigest: 'sha256:0',
}

export const environment: EnvironmentView = {
  name: 'production',
  service: 'checkout',
  after: [],
  strategy: 'canary',
  stable: { ...stable, release: 'checkout-6', since: at(-86_400) },
  last: null,
  queue: [
    {
      subjectKind: 'release',
      id: 'checkout-7',
      kind: 'rollout',
      version: '1.5.0',
      state: 'progressing',
      phase: 'baking',
      weightPercent: 50,
    },
    {
      subjectKind: 'release',
      id: 'checkout-8',
      kind: 'rollout',
      version: '1.6.0',
      state: 'waiting',
      phase: 'queued',
      weightPercent: 0,
    },
  ],
  queueMore: 0,
  traffic: {
    url: 'http://127.0.0.1:7500',
    desired: { aaaa1111: 50, bbbb2222: 50 },
    effective: { aaaa1111: 60, bbbb2222: 40 },
    foreign: null,
    generation: 9,
    versions: { aaaa1111: '1.4.0', bbbb2222: '1.5.0' },
  },
  replicas: [
    { ...stable, wanted: 2, ready: 2, detail: 'healthy', exits: 0, lastExit: null },
    { ...canary, wanted: 1, ready: 0, detail: 'exit code 1', exits: 2, lastExit: { how: 'exit code 1', at: at(150) } },
  ],
}

export const service = {
  name: 'checkout',
  owners: ['team-shop'],
  environments: [environment],
  declarationDigest: 'sha256:0',
  declaration: {},
  createdAt: at(0),
  updatedAt: at(0),
}

const lookAt = (i: number): LookRow => ({
  atMs: sinceMs + 130_000 + i * 1_000,
  weightPercent: 50,
  canary: { bad: i % 3, total: 26 },
  stable: { bad: 0, total: 240 },
  canaryRate: 0.004 + i / 12_000,
  stableRate: 0.0008,
  logE: i < 8 ? 0 : (i - 8) / 30,
  logLimit: Math.log(125),
  guardrail: { canary: -i / 60, stable: -1, limit: Math.log(667) },
  channels: {},
  bounds: {},
  note: i < 8 ? 'warm-up' : null,
})

const looks = Array.from({ length: 120 }, (_, i) => ({ environment: 'production', atMs: lookAt(i).atMs, row: lookAt(i) }))

const workflowId = 'rollout/checkout/production/checkout-7'
/** An event at this many seconds. */
const said = (step: number, seconds: number, what: StepEvent): Event => ({
  ...what,
  subjectKind: 'release',
  subject: 'checkout-7',
  seq: step + 1,
  at: at(seconds),
  actor: { kind: 'system', id: 'rollout' },
  where: { environment: 'production', workflowId, token: 3, step },
})
const detail = 'no worse than 1.5 times the stable rate'
const events: readonly Event[] = [
  {
    subjectKind: 'release',
    subject: 'checkout-7',
    seq: 1,
    kind: 'release-accepted',
    actor: baking.requestedBy,
    at: at(0),
    where: null,
    data: {
      version: '1.5.0',
      artifact: 'sha256:15',
      planDigest: 'sha256:1',
      environments: ['production'],
      retryOf: null,
      note: null,
      isAgain: false,
      twin: null,
    },
  },
  said(1, 1, { kind: 'turn-taken', data: { stable: '1.4.0', canary: '1.5.0' } }),
  said(2, 4, { kind: 'ready', data: { version: '1.5.0', replicas: 2 } }),
  said(3, 5, { kind: 'weight-shifted', data: { weight: 10, version: '1.5.0', replicas: 1, to: null } }),
  said(4, 128, { kind: 'verdict', data: { verdict: 'pass', detail, weight: 10 } }),
  said(5, 130, { kind: 'weight-shifted', data: { weight: 50, version: '1.5.0', replicas: 2, to: null } }),
]

/** The answer to its abort. */
export const abortAccepted = {
  status: 202,
  body: { kind: 'release', id: 'checkout-7', request: 'abort', state: 'progressing', phase: 'baking', links: baking.links },
} satisfies Recorded

/** The row of a release or rollback in the history of its service. */
export function lineOf(subject: Release | Rollback): HistoryItem {
  const { kind, id, version, environment, state, reason, requestedBy, note, createdAt, endedAt, links } = subject
  return { kind, id, version, environment, state, reason, requestedBy, note, createdAt, endedAt, links }
}

export const recordings: Readonly<Record<string, Recorded>> = {
  'GET /v1/services': { body: { items: [service], nextCursor: null } },
  'GET /v1/services/checkout': { body: service },
  'GET /v1/releases': { body: { items: [baking], nextCursor: null } },
  'GET /v1/services/checkout/history': { body: { items: [lineOf(baking)], nextCursor: null } },
  'GET /v1/rollbacks': { body: { items: [], nextCursor: null } },
  [`GET ${releasePath}`]: { body: baking },
  [`GET ${releasePath}/looks`]: { body: { items: looks, nextCursor: null } },
  [`GET ${releasePath}/events`]: { body: events, isStream: true },
}

/** A rollback in its watch: it has all traffic, so there is nothing to compare it with, and the guardrail alone decides. */
export const bringingBack: Rollback = {
  kind: 'rollback',
  id: 'rollback/checkout/production/3',
  service: 'checkout',
  version: '1.3.0',
  state: 'watching',
  phase: 'watching',
  environment: 'production',
  weightPercent: 100,
  move: 0,
  moves: [],
  reason: null,
  waitsFor: 'the end of the watch',
  until: null,
  legalRequests: ['promote', 'abort'],
  outcome: null,
  analysis: { standing: 'looking', canary: { bad: 2, total: 9_120 }, stable: { bad: 0, total: 0 } },
  requestedBy: { kind: 'person', id: 'ann' },
  note: 'slow checkout',
  createdAt: at(0),
  startedAt: at(1),
  endedAt: null,
  phaseSince: at(4),
  stuck: false,
  links: { self: '', events: '', temporal: null, console: null },
  release: 'checkout-5',
  stable,
  canary: { version: '1.3.0', revision: 'cccc3333' },
}

const rollbackPath = `/v1/rollbacks/${encodeURIComponent(bringingBack.id)}`
const guarded = looks.map(({ row, ...look }, i) => ({
  ...look,
  row: { ...row, weightPercent: 100, stable: none, stableRate: null, logE: 0, guardrail: { ...row.guardrail, canary: -i / 90 } },
}))

export const rollbackRecordings: Readonly<Record<string, Recorded>> = {
  [`GET ${rollbackPath}`]: { body: bringingBack },
  [`GET ${rollbackPath}/looks`]: { body: { items: guarded, nextCursor: null } },
  [`GET ${rollbackPath}/events`]: {
    body: [
      {
        subjectKind: 'rollback',
        subject: bringingBack.id,
        seq: 1,
        kind: 'rollback-accepted',
        actor: bringingBack.requestedBy,
        at: at(0),
        where: null,
        data: { version: '1.3.0', release: 'checkout-5', reason: 'slow checkout' },
      } satisfies Event,
    ],
    isStream: true,
  },
}
