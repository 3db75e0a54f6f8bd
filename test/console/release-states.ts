/** The page of a release or rollback in every phase and with every end, and with long or missing content. */
import { phases } from '../../domain/rollout/phase.ts'
import type { Release, Rollback } from '../../schema/release.ts'
import { baking, bringingBack, recordings, releasePath, rollbackRecordings } from './recordings.ts'
import { minute, ago, problem, releaseIn, releaseEnded, rollbackIn, failure } from './standing.ts'
import type { Answers, PageState } from './page-state.ts'
import { longName, longVersion, longText, dialog } from './page-state.ts'

const onRelease = (release: Release, more: Answers = {}): Omit<PageState, 'shows'> => ({
  address: '#/releases/checkout-7',
  answers: { ...recordings, [`GET ${releasePath}`]: { body: release }, ...more },
})
const rollbackPath = `/v1/rollbacks/${encodeURIComponent(bringingBack.id)}`
const onRollback = (rollback: Rollback): Omit<PageState, 'shows'> => ({
  address: `#/rollbacks/${encodeURIComponent(bringingBack.id)}`,
  answers: { ...recordings, ...rollbackRecordings, [`GET ${rollbackPath}`]: { body: rollback } },
})

const outcomes: Readonly<Record<string, Release>> = {
  succeeded: releaseEnded('succeeded', null, { reached: ['production'] }),
  'reverted by a verdict': releaseEnded('rolled-back', { code: 'fail', detail: failure }),
  'reverted as inconclusive': releaseEnded('rolled-back', { code: 'inconclusive', detail: 'neither good nor bad was shown' }),
  'both bad': releaseIn('held', {
    reason: {
      code: 'both-bad',
      detail:
        '52 % of 400 requests failed, and at the stable version 48 % (190 of 396): both have more than the 5 % that are allowed, so a revert would not help (guardrail E 4.1e9, limit 667)',
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
    waitsFor: 'an analysis worker: none has looked at it for 42 s',
  }),
  'two environments': releaseIn('baking', { environments: ['staging', 'production'], reached: ['staging'] }),
  'twin gated': releaseIn('gated', {
    weightPercent: 0,
    until: null,
    waitsFor: 'a person to promote it',
    reason: { code: 'twin-reverted', detail: 'checkout-6, the same version, was rolled back while this one waited' },
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
  'recovers what is lost': rollbackIn('reverting', {
    reason: { code: 'lost', detail: 'the rollout that had the turn was lost' },
    requestedBy: { kind: 'system', id: 'sweeper' },
  }),
}

export const releaseStates: Readonly<Record<string, PageState>> = {
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
            subjectKind: 'release',
            subject: baking.id,
            seq: 1,
            kind: 'hook-failed',
            actor: { kind: 'system', id: 'rollout' },
            at: ago(minute),
            where: null,
            data: { moment: 'before', index: 0, required: true, detail: longText },
          },
          {
            subjectKind: 'release',
            subject: baking.id,
            seq: 2,
            kind: 'reverting',
            actor: { kind: 'system', id: 'rollout' },
            at: ago(minute),
            where: null,
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
        "'holdfast release list' shows the existing ones",
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
  'release, dialog of an abort': { ...onRelease(releaseIn('baking')), shows: 'Events', act: dialog('Abort') },
  'release, dialog of an extension': { ...onRelease(releaseIn('baking')), shows: 'Events', act: dialog('Extend') },
  ...Object.fromEntries(
    phases
      .filter((phase) => phase !== 'ended')
      .map((phase) => [`rollback, ${phase}`, { ...onRollback(rollbackIn(phase)), shows: 'Events' }]),
  ),
  ...Object.fromEntries(
    Object.entries(rollbackEnds).map(([name, rollback]) => [`rollback, ${name}`, { ...onRollback(rollback), shows: 'Events' }]),
  ),
}
