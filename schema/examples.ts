/**
 * The examples of the OpenAPI document: one service, `checkout`, whose version 1.5.0 is in flight. A test parses each by its
 * schema.
 */

const at = '2026-11-29T10:00:00.000Z'
const later = '2026-11-29T10:12:00.000Z'
const digest = `sha256:${'5f'.repeat(32)}`
const ann = { kind: 'person', id: 'ann' } as const
const stable = { version: '1.4.0', revision: '3f2a9c1b7d10' }
const canary = { version: '1.5.0', revision: '8e71d04c2ab9' }

export const contents = {
  files: 1_204,
  sizeBytes: 37_200_000,
  leftOut: [{ path: '.env', why: 'left out unless .holdfastignore includes it' }],
  leftOutCount: 1,
  gitIgnored: { files: 1_180, sizeBytes: 36_900_000 },
}

export const links = {
  self: '/v1/releases/checkout-7',
  events: '/v1/releases/checkout-7/events',
  temporal: null,
  console: 'http://127.0.0.1:7420/#/releases/checkout-7',
}

const progress = {
  state: 'progressing',
  phase: 'baking',
  environment: 'production',
  weightPercent: 10,
  move: 0,
  moves: [{ weight: 10, gate: null, bake: { minMs: 120_000, maxMs: 1_800_000 } }],
  reason: null,
  waitsFor: 'the analysis of this step',
  until: null,
  legalRequests: ['pause', 'promote', 'promote-fully', 'extend', 'abort'],
  outcome: null,
  analysis: null,
  requestedBy: ann,
  note: 'the new basket',
  createdAt: at,
  startedAt: at,
  endedAt: null,
  phaseSince: at,
  stuck: false,
  links,
}

export const release = {
  kind: 'release',
  id: 'checkout-7',
  service: 'checkout',
  version: '1.5.0',
  ...progress,
  stable,
  canary,
  reached: ['staging'],
  environments: ['staging', 'production'],
  retryOf: null,
  planDigest: digest,
}

export const rollback = {
  kind: 'rollback',
  id: 'rollback/checkout/production/3',
  service: 'checkout',
  version: '1.3.0',
  ...progress,
  phase: 'watching',
  state: 'watching',
  weightPercent: 100,
  moves: [],
  waitsFor: 'the end of the watch',
  legalRequests: ['promote', 'abort'],
  release: 'checkout-5',
  stable,
  canary: { version: '1.3.0', revision: 'aa01b2c3d4e5' },
}

export const history = {
  items: [
    {
      kind: 'rollback',
      id: rollback.id,
      version: '1.3.0',
      environment: 'production',
      state: 'watching',
      reason: null,
      requestedBy: ann,
      note: 'slow checkout',
      createdAt: later,
      endedAt: null,
      links,
    },
    {
      kind: 'release',
      id: 'checkout-6',
      version: '1.4.0',
      environment: 'production',
      state: 'succeeded',
      reason: null,
      requestedBy: ann,
      note: null,
      createdAt: at,
      endedAt: later,
      links,
    },
  ],
  nextCursor: null,
}

export const started = { kind: 'release', id: 'checkout-7', state: 'accepted', links }

export const environment = {
  name: 'production',
  service: 'checkout',
  after: ['staging'],
  strategy: 'canary',
  stable: { ...stable, release: 'checkout-6', since: at },
  last: {
    subjectKind: 'release',
    id: 'checkout-6',
    kind: 'rollout',
    version: '1.4.0',
    outcome: 'succeeded',
    reason: null,
    endedAt: at,
  },
  queue: [
    {
      subjectKind: 'release',
      id: 'checkout-7',
      kind: 'rollout',
      version: '1.5.0',
      state: 'progressing',
      phase: 'baking',
      weightPercent: 10,
    },
  ],
  queueMore: 0,
  traffic: {
    url: 'http://127.0.0.1:7500',
    desired: { [stable.revision]: 90, [canary.revision]: 10 },
    effective: { [stable.revision]: 90, [canary.revision]: 10 },
    foreign: null,
    generation: 4,
    versions: { [stable.revision]: '1.4.0', [canary.revision]: '1.5.0' },
  },
  replicas: [
    { ...stable, wanted: 2, ready: 2, detail: 'healthy', exits: 0, lastExit: null },
    { ...canary, wanted: 1, ready: 0, detail: 'exit code 1', exits: 1, lastExit: { how: 'exit code 1', at: later } },
  ],
}

export const service = {
  name: 'checkout',
  owners: ['team-shop'],
  environments: [environment],
  declarationDigest: digest,
  createdAt: at,
  updatedAt: at,
}

export const declaration = {
  kind: 'Service',
  name: 'checkout',
  owners: ['team-shop'],
  environments: [{ name: 'production', target: { kind: 'local', command: ['node', 'server.js'] } }],
}

export const plan = {
  service: 'checkout',
  version: '1.5.0',
  artifact: digest,
  planDigest: digest,
  declarationDigest: digest,
  alpha: 0.01,
  revert: {
    rule: 'to-what-is-stable-when-its-turn-comes',
    meaning:
      'all traffic returns to the version that is stable when the release gets its turn: weight to 0 first, verified, then the rest',
  },
  environments: [
    {
      name: 'production',
      strategy: 'canary',
      stable,
      baseline: { ...stable, ifStays: null },
      canary,
      summary: 'canary: 1 step beside 1.4.0, promotion, then the watch',
      waitsBehind: [],
      waitsBehindMore: 0,
      steps: [
        {
          weight: 10,
          gate: null,
          bake: { minMs: 120_000, maxMs: 1_800_000 },
          expected: { requestsPerSecond: 80, passMs: 150_000 },
        },
      ],
      watchMs: 900_000,
      scaleDownDelayMs: 30_000,
      notes: [],
      alphaShares: { total: 0.01, comparison: 0.008, guardrail: 0.0015, sampleRatio: 0.0005 },
    },
  ],
}

const event = {
  subjectKind: 'release',
  subject: 'checkout-7',
  seq: 4,
  kind: 'weight-shifted',
  at: later,
  actor: { kind: 'system', id: 'rollout' },
  where: { environment: 'production', workflowId: 'rollout/checkout/production/checkout-7', token: 12, step: 4 },
  data: { weight: 10, version: '1.5.0', replicas: 1, to: null },
}
export const events = { items: [event], nextCursor: null }

export const explanation = {
  kind: 'release',
  id: 'checkout-7',
  state: 'progressing',
  summary: 'baking at 10 % of traffic, waits for the analysis of this step',
  reason: null,
  waitsFor: 'the analysis of this step',
  legalRequests: ['pause', 'abort'],
  verdicts: [],
  verdictsMore: 0,
  requests: [{ at: later, actor: ann, request: 'extend', reason: 'too few requests at night' }],
  requestsMore: 0,
}

export const looks = { items: [], nextCursor: null }

export const logs = {
  items: [{ at: later, replica: '8e71d04c2ab9-0-41000-lx3k', version: '1.5.0', line: 'listening' }],
  nextCursor: null,
}

export const key = {
  id: '1a2b3c4d5e6f',
  owner: { kind: 'machine', id: 'ci' },
  scopes: ['release:start'],
  createdAt: at,
  expiresAt: later,
}

export const payload = { metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'IjEuNS4wIg==' }

export const list = <Item>(...items: Item[]) => ({ items, nextCursor: null })

export const reference = digest
export const instant = later
export const actor = ann
