/**
 * Writes to one environment on a cluster, fenced. Each write carries its fencing token and the version of the object that the decision was
 * made on. So the API server refuses a write when a newer one came in between. The step is then decided anew, and turns out to be late.
 */
import type { EnvironmentRef } from '../../domain/identity.ts'
import { environmentKey } from '../../domain/identity.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { Problem } from '../../domain/problem.ts'
import type { Answer, ApiServer } from './api-server.ts'
import { fieldManager } from './api-server.ts'
import { conflictSentence, fieldConflicts } from './api-problem.ts'
import { tokenAnnotations, fencingOf, stampOn } from './fencing.ts'
import { environmentLabels, isOf, recordName, recordOf } from './objects.ts'
import type { Kind, LiveObject, Owned } from './resource.ts'

/** The objects that a step works on, once all of them and the record are stamped with its token. */
export interface Fenced {
  readonly record: LiveObject
  readonly owned: readonly Owned[]
}

/** How often a step is decided: anew after its own preparation, and whenever somebody wrote in between, as controllers do to a status. */
const mostTries = 10

const ownedKinds: readonly Kind[] = ['Deployment', 'Service']

/** The answer of a write when somebody wrote in between: the step is to be decided anew. */
export const changed: unique symbol = Symbol('changed')
type Tried<Result> = Result | typeof changed

/** @param namespace of the environment */
export function createFencedEnvironment(server: ApiServer, ref: EnvironmentRef, namespace: string) {
  const owned = () => server.list(ownedKinds, namespace, environmentLabels(ref))
  const at = ({ kind, object }: Owned) => ({ kind, namespace, name: object.metadata.name })

  /** Writes only the annotations, under the version that was read. The API server refuses the stamp when somebody wrote in between. */
  const stamp = async (one: Owned, fencingToken: FencingToken): Promise<Answer> =>
    server.patch(at(one), {
      metadata: { resourceVersion: one.object.metadata.resourceVersion, annotations: tokenAnnotations(fencingToken) },
    })

  /**
   * Reads the environment, and prepares it for the step where that is not done yet. It answers `changed` after each preparation, so that a
   * step only ever writes under versions that `fencingOf` has judged: a version that was read later could be a newer step's.
   */
  async function prepared(fencingToken: FencingToken): Promise<Tried<Fenced>> {
    // The record is read last. When it has no newer token then, no newer step had changed anything when the objects were listed.
    const there = await owned()
    const record = await server.read('ConfigMap', namespace, recordName(ref))
    assertOwn(ref, record)
    const fencing = fencingOf(record, there, fencingToken)
    if (fencing.is === 'late') throw late(ref, fencingToken, fencing.seen)
    const { stamp: older, lateCreates } = fencing
    if (record && isAt(record, fencingToken) && older.length + lateCreates.length === 0) return { record, owned: there }
    for (const one of older) if ((await stamp(one, fencingToken)).is === 'conflict') return changed
    for (const one of lateCreates) if ((await server.remove(at(one), one.object)).is === 'conflict') return changed
    await stampRecord(record, fencingToken)
    return changed
  }

  /** The API server refuses it when somebody wrote in between. The next reading shows that. */
  async function stampRecord(record: LiveObject | null, fencingToken: FencingToken): Promise<void> {
    const of = { kind: 'ConfigMap', namespace, name: recordName(ref) } as const
    if (!record) await server.create(of, recordOf(ref, namespace, fencingToken))
    else if (!isAt(record, fencingToken)) await stamp({ kind: 'ConfigMap', object: record }, fencingToken)
  }

  /**
   * Removes an object that was created late. It reads the object again when a controller has written its status, because its version has
   * changed. An object that a newer turn has stamped belongs to that turn and stays.
   */
  async function takeBack({ kind, object }: Owned, fencingToken: FencingToken): Promise<void> {
    for (let live: LiveObject | null = object, tried = 0; live && tried < mostTries; tried++) {
      if (live.metadata.uid !== object.metadata.uid || !isAt(live, fencingToken)) return
      if ((await server.remove(at({ kind, object: live }), live)).is !== 'conflict') return
      live = await server.read(kind, namespace, object.metadata.name)
    }
  }

  return {
    read: () => server.read('ConfigMap', namespace, recordName(ref)),
    owned,

    /**
     * Runs `effect` under the fencing token, and again from the start when somebody wrote in between.
     * @throws Problem stale-token when a newer step was here
     */
    async under<Result>(fencingToken: FencingToken, effect: (fenced: Fenced) => Promise<Tried<Result>>): Promise<Result> {
      for (let tried = 0; tried < mostTries; tried++) {
        const fenced = await prepared(fencingToken)
        const result = fenced === changed ? changed : await effect(fenced)
        if (result !== changed) return result
      }
      throw new Problem('target-unavailable', `somebody else keeps changing ${environmentKey(ref)} in namespace ${namespace}`)
    },

    /** Server-side apply of an object as it was read. @throws Problem invalid-input that names another manager of a field */
    async apply(kind: Kind, name: string, body: object): Promise<Tried<LiveObject>> {
      const of = { kind, namespace, name }
      let answer = await server.apply(of, body)
      // Our own stamps are patches, and count as another manager of the same name. The version guarantees that nothing else is forced.
      if (answer.is === 'conflict' && mayTake(answer.refusal)) answer = await server.apply(of, body, true)
      if (answer.is === 'done') return answer.object
      const all = answer.is === 'conflict' ? fieldConflicts(answer.refusal) : []
      const conflicts = all.filter(({ manager }) => manager !== fieldManager)
      if (conflicts.length === 0) return changed
      throw new Problem('invalid-input', `${kind} ${name} in namespace ${namespace}: ${conflictSentence(conflicts)}`, {
        hint: 'let Holdfast manage the object, or release under another name',
      })
    },

    /**
     * Removes what this step created, when it was late. The API server cannot refuse a late create, because there is no older object to
     * compare. When the process dies before this call, the next step finds the object by its token.
     * @throws Problem stale-token when a newer step was here meanwhile
     */
    async assertInTime(made: readonly Owned[], fencingToken: FencingToken): Promise<void> {
      if (made.length === 0) return
      const record = await server.read('ConfigMap', namespace, recordName(ref))
      const fencing = fencingOf(record, [], fencingToken)
      if (record && fencing.is === 'in-time') return
      for (const one of made) await takeBack(one, fencingToken)
      if (fencing.is === 'late') throw late(ref, fencingToken, fencing.seen)
      throw new Problem('stale-token', `${environmentKey(ref)} was closed meanwhile`)
    },

    async remove(one: Owned): Promise<Tried<void>> {
      // An object that somebody else has removed was removed by a newer step perhaps. The next reading shows that.
      if ((await server.remove(at(one), one.object)).is !== 'removed') return changed
    },
  }
}

/** Two environments whose names meet in one would refuse each other's steps as late. @throws Problem invalid-input */
function assertOwn(ref: EnvironmentRef, record: LiveObject | null): void {
  if (!record || isOf(ref, record)) return
  const { name, namespace } = record.metadata
  throw new Problem('invalid-input', `ConfigMap ${name} is in namespace ${namespace} already, and is not of this environment`, {
    hint: 'give the service or the environment another name, or declare another namespace',
  })
}

const isAt = (object: LiveObject, { token, step }: FencingToken): boolean => {
  const seen = stampOn(object)
  return seen?.token === token && seen.step === step
}

/** Replicas are written as somebody else set them, but for zero: a version that is asked to run must have a pod, or no revert would end. */
const mayTake = (refusal: Parameters<typeof fieldConflicts>[0]): boolean => {
  const conflicts = fieldConflicts(refusal)
  return conflicts.length > 0 && conflicts.every(({ manager, field }) => manager === fieldManager || field === '.spec.replicas')
}

const late = (ref: EnvironmentRef, own: FencingToken, seen: { readonly token: number; readonly step: number }): Problem =>
  new Problem('stale-token', `${environmentKey(ref)} is at ${seen.token}.${seen.step}, later than ${own.token}.${own.step}`)
