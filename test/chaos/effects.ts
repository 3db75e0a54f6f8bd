/** Compares the runtime's own log of effects with the requests: each effect once, none after a newer one, and whole events. */
import { expect } from 'chai'
import type { EffectRow } from '../../adapters/local-runtime/protocol.ts'
import type { Rig } from '../stack/rig.ts'

const keyOf = ({ workflowId, token, step }: EffectRow): string => `${workflowId}#${token}.${step}`

/** A replica that restarted or ended by itself is no effect of a step. Its row still names the step that started it. */
const isOfStep = ({ kind, restart }: EffectRow): boolean => kind === 'weights' || (kind === 'started' && !restart)

/** Each weight set once per (workflow, token, step), and no effect after one of a newer (token, step). Resolves with the weights. */
export async function expectOrderedEffects(rig: Rig, service: string): Promise<readonly EffectRow[]> {
  const rows = await rig.runtime.client.effects({ service, environment: 'production' })
  const weights = rows.filter(({ kind }) => kind === 'weights')
  expect(weights, `the log of ${service}`).to.not.have.lengthOf(0)
  expect(effectFaults(rows), `effects of ${service}`).to.deep.equal({ twice: [], late: [] })
  return weights
}

/** Keys of weights that were set twice, and of effects that came after a newer one. */
export function effectFaults(rows: readonly EffectRow[]): {
  readonly twice: readonly string[]
  readonly late: readonly string[]
} {
  const own = rows.filter(isOfStep)
  const weights = rows.filter(({ kind }) => kind === 'weights').map(keyOf)
  const late = own.filter((row, at) => own.slice(0, at).some((before) => isBefore(row, before)))
  return { twice: weights.filter((key, at) => weights.indexOf(key) !== at), late: late.map(keyOf) }
}

const isBefore = (a: EffectRow, b: EffectRow): boolean => a.token < b.token || (a.token === b.token && a.step < b.step)

/** Events of a subject: numbered from 1 without a gap, each key once, one end. Resolves with their kinds. */
export async function expectWholeEvents(rig: Rig, subject: string): Promise<readonly string[]> {
  const rows = await rig.db.query<{ seq: number; key: string }>(
    'select seq::int as seq, key from event where subject = $1 order by seq',
    [subject],
  )
  expect(rows.map(({ seq }) => seq)).to.deep.equal(rows.map((_, at) => at + 1))
  expect(new Set(rows.map(({ key }) => key)).size).to.equal(rows.length)
  const kinds = (await rig.events(subject)).map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === 'release-ended' || kind === 'rollback-ended')).to.have.lengthOf(1)
  return kinds
}
