/** The recorded histories, and the branches that each of them covers. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AnalysisMode } from '../../domain/rollout/rollout.ts'
import type { StepInput, StepResult } from '../../domain/rollout/step-input.ts'
import type { Phase, RequestKind } from '../../domain/rollout/phase.ts'

export interface Recorded {
  /** Folder and scene, with the workflow's type last. */
  readonly workflowId: string
  readonly history: { readonly events: readonly Recording[] }
}

/** An event in proto JSON, with the parts that the tests read. */
interface Recording {
  readonly eventType: string
  readonly [attributes: string]: unknown
}

interface Payloads {
  readonly payloads?: readonly { readonly data?: string }[]
}

interface Attributes {
  readonly activityType?: { readonly name: string }
  readonly input?: Payloads
  readonly result?: Payloads
  readonly protocolInstanceId?: string
  readonly acceptedRequest?: { readonly input: { readonly args: Payloads } }
  readonly meta?: { readonly updateId: string }
  readonly outcome?: { readonly success?: Payloads }
}

const folder = import.meta.dirname

export const recordedHistories = (): readonly Recorded[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .toSorted()
    .map((path) => ({
      workflowId: path.replace(/\.json$/, ''),
      history: JSON.parse(readFileSync(join(folder, path), 'utf8')) as Recorded['history'],
    }))

export interface Shown {
  readonly activities: ReadonlySet<string>
  /** Phases in which it did a step or accepted a request. */
  readonly phases: ReadonlySet<Phase>
  /** The modes of its analyses. */
  readonly modes: ReadonlySet<AnalysisMode['kind']>
  readonly reasons: ReadonlySet<string>
  readonly verdicts: ReadonlySet<string>
  /** Other observations of steps, for example `turn-over`. */
  readonly observations: ReadonlySet<string>
  /** Every accepted request, as `phase request`. */
  readonly requests: ReadonlySet<string>
}

/** Everything that these histories cover together. */
export function shownBy(histories: readonly Recorded[]): Shown {
  const shown = {
    activities: new Set<string>(),
    phases: new Set<Phase>(),
    modes: new Set<AnalysisMode['kind']>(),
    reasons: new Set<string>(),
    verdicts: new Set<string>(),
    observations: new Set<string>(),
    requests: new Set<string>(),
  }
  for (const { history } of histories) {
    // By update id. A reset run has the updates of the previous run without their acceptance.
    const asked = new Map<string, RequestKind>()
    for (const event of history.events) {
      const attributes = attributesOf(event)
      const { activityType, acceptedRequest, protocolInstanceId = '', meta } = attributes
      if (activityType) {
        shown.activities.add(activityType.name)
        const { phase, reason, mode } = payloadOf<Partial<StepInput & { mode: AnalysisMode }>>(attributes.input) ?? {}
        if (mode) shown.modes.add(mode.kind)
        if (phase) shown.phases.add(phase)
        if (reason) shown.reasons.add(reason.code)
      }
      const { observation } = payloadOf<Partial<StepResult>>(attributes.result) ?? {}
      if (observation) shown.observations.add(observation.kind)
      if (observation?.kind === 'verdict') shown.verdicts.add(observation.verdict)
      const request = payloadOf<{ kind: RequestKind }>(acceptedRequest?.input.args)
      if (request) asked.set(protocolInstanceId, request.kind)
      const accepted = payloadOf<{ phase: Phase }>(attributes.outcome?.success)
      if (accepted) {
        shown.phases.add(accepted.phase)
        const kind = asked.get(meta?.updateId ?? '')
        if (kind) shown.requests.add(`${accepted.phase} ${kind}`)
      }
    }
  }
  return shown
}

const attributesOf = (event: Recording): Attributes =>
  (Object.entries(event).find(([name]) => name.endsWith('EventAttributes'))?.[1] ?? {}) as Attributes

function payloadOf<T>(payloads: Payloads | undefined): T | null {
  const data = payloads?.payloads?.[0]?.data
  return data ? (JSON.parse(Buffer.from(data, 'base64').toString()) as T) : null
}
