/** Explains the state of a release: what it waits for, and the evidence of each verdict. */
import type { Newest } from '../../adapters/postgres/database/newest.ts'
import type { EventReads } from '../../adapters/postgres/events/event-reads.ts'
import type { VerdictRow } from '../../adapters/postgres/releases/release-queries.ts'
import type { ReleaseRow } from '../../adapters/postgres/releases/subject-rows.ts'
import type { StoredEvent } from '../../domain/events/event.ts'
import { parseEnvironmentRef } from '../../domain/identity.ts'
import { besideKey, stepKey } from '../../domain/queue/fencing-token.ts'
import type { Phase, ShownState } from '../../domain/rollout/phase.ts'
import type { SubjectRef } from '../../domain/subject.ts'
import type { Explanation } from '../../schema/answers.ts'
import type { Release } from '../../schema/release.ts'

/** What the explanation needs besides the release itself. */
export interface Known extends FromEvents {
  readonly verdicts: Newest<VerdictRow>
  /** The target's sentence about a version that does not become ready. */
  readonly unready: string | null
}

/** What its events tell. */
export interface FromEvents {
  /** The sentence of each verdict, by the key of its step. */
  readonly sentences: ReadonlyMap<string, string>
  readonly requests: Newest<Explanation['requests'][number]>
}

/** Each is an event, and people may ask for any number. */
const mostRequests = 200

/** Reads the sentences of `verdicts` and the newest requests. The other events of the release, of which there may be any number, stay unread. */
export async function tell(
  events: Pick<EventReads, 'withKeys' | 'newest'>,
  subject: SubjectRef,
  { items: verdicts }: Newest<VerdictRow>,
): Promise<FromEvents> {
  const [told, asked] = await Promise.all([
    events.withKeys(verdicts.flatMap(({ key }) => [key, besideKey(key)])),
    events.newest(subject, requestKinds, mostRequests),
  ])
  return { sentences: new Map(told.flatMap(detailOf)), requests: { items: asked.items.flatMap(requestOf), more: asked.more } }
}

export function explanationView(
  release: Release,
  row: ReleaseRow,
  { verdicts, sentences, requests, unready }: Known,
): Explanation {
  const { id, state, reason, legalRequests } = release
  // Names what would end the wait: ready replicas, or a pass.
  const near = unready ?? (release.phase === 'baking' ? release.analysis?.toPass?.text : null) ?? null
  const waitsFor = near === null ? release.waitsFor : `${release.waitsFor ?? 'the version to get ready'}: ${near}`
  return {
    kind: release.kind,
    id,
    state,
    summary: summaryOf(release, row),
    reason,
    waitsFor,
    legalRequests,
    verdicts: verdicts.items.map(({ key, ref, at, move, kind, evidence }) => ({
      environment: parseEnvironmentRef(ref).environment,
      at: at.toISOString(),
      move,
      verdict: kind,
      detail: sentences.get(key) ?? null,
      evidence,
    })),
    verdictsMore: verdicts.more,
    requests: requests.items,
    requestsMore: requests.more,
  }
}

/** The sentence of a verdict is in its event, which the same step wrote. */
const detailOf = ({ kind, data, where }: StoredEvent): [key: string, detail: string][] => {
  if (kind !== 'verdict' || !where || where.token === null || where.step === null) return []
  return [[stepKey({ workflowId: where.workflowId, token: where.token, step: where.step }), data.detail]]
}

/** Each text follows the name of a version. */
const phasesText: Readonly<Record<Phase, string>> = {
  queued: 'waits for its turn',
  starting: 'is starting',
  shifting: 'is getting its next weight',
  baking: 'is baking',
  gated: 'is at its gate',
  paused: 'is paused',
  held: 'is held',
  promoting: 'is being promoted',
  watching: 'is watched',
  'removing-old': 'is stable while the version before it ends',
  reverting: 'is reverting',
  'needs-operator': 'could not be reverted and is',
  ended: 'has ended',
}

const statesText: Readonly<Record<ShownState, string>> = {
  accepted: 'is accepted',
  waiting: 'is waiting',
  progressing: 'is in progress',
  paused: 'is paused',
  held: 'is held',
  watching: 'is watched',
  'needs-operator': 'needs an operator',
  succeeded: 'has succeeded',
  'rolled-back': 'was rolled back',
  aborted: 'was aborted',
  superseded: 'was superseded',
  rejected: 'was rejected',
}

function summaryOf({ version, state, phase, environment, weightPercent, reason, stuck }: Release, { turn }: ReleaseRow): string {
  const where = environment === null ? '' : ` in ${environment}`
  const at = phase === null || !turn ? statesText[state] : `${phasesText[turn.phase]} at ${weightPercent} %`
  const beside = turn?.stable && turn.state !== 'over' ? ` beside ${turn.stable.version}` : ''
  const why = reason ? `: ${reason.detail} (${reason.code})` : ''
  return `${version} ${at}${where}${beside}${why}${stuck ? '; its workflow cannot run' : ''}`
}

const requestKinds = ['abort-requested', 'requested', 'request-too-late'] as const satisfies readonly StoredEvent['kind'][]

/** The requests of people, from their events. */
function requestOf({ kind, at, actor, data }: StoredEvent) {
  switch (kind) {
    case 'abort-requested':
      return [{ at, actor, request: 'abort', reason: data.reason }]
    case 'requested':
      return [{ at, actor, request: data.request, reason: data.reason }]
    case 'request-too-late':
      return [{ at, actor, request: `${data.request} (too late)`, reason: data.reason }]
    default:
      return []
  }
}
