/** The client of the local runtime's control socket: one function per call. The runtime's problems are thrown as problems. */
import { Agent, fetch } from 'undici'
import type { z } from 'zod'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import { environmentKey } from '../../domain/identity.ts'
import { Problem, isProblemCode } from '../../domain/problem.ts'
import type { SmokeTest } from '../../domain/plan/service.ts'
import type { RevisionSpec } from '../target/target.ts'
import type { Weights } from '../traffic/traffic.ts'
import * as wire from './protocol.ts'
import { runtimeSettings } from './settings.ts'
import { longestTimerMs } from '../../domain/bounds.ts'

/** The runtime's own limit is shorter, and its answer says why. */
const importMs = 120_000

export type RuntimeClient = ReturnType<typeof createRuntimeClient>

/** @param socket path of the runtime's Unix socket. Every method throws Problem target-unavailable when it does not answer. */
export function createRuntimeClient(socket: string) {
  const dispatcher = new Agent({ connect: { socketPath: socket, timeout: 1_000 }, connections: 32, keepAliveTimeout: 10_000 })

  async function ask<Answer>(
    method: string,
    path: string,
    schema: z.ZodType<Answer>,
    body?: unknown,
    timeoutMs = 4_500,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const { answer, text } = await send(method, wire.pathOf(path), body, timeoutMs, signal)
    refuseOther(Number(answer.headers.get(wire.protocolHeader) ?? 0))
    if (!answer.ok) throw problemFrom(text, answer.status)
    return readAnswer(schema, path, text)
  }

  async function send(method: string, path: string, body: unknown, timeoutMs: number, signal?: AbortSignal) {
    if (!socket)
      throw new Problem('target-unavailable', 'there is no local runtime', {
        hint: `${runtimeSettings.runtimeSocket.variable} is not set`,
      })
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const until = AbortSignal.any([AbortSignal.timeout(Math.min(timeoutMs, longestTimerMs)), ...(signal ? [signal] : [])])
    try {
      const answer = await fetch(`http://runtime${path}`, { method, dispatcher, signal: until, ...sent })
      // The answer may also break off, or be late, after its first bytes.
      return { answer, text: await answer.text() }
    } catch (error) {
      throw new Problem('target-unavailable', 'the local runtime does not answer', { cause: error })
    }
  }

  /** The text in which a runtime of any protocol describes itself. @throws Problem target-unavailable */
  async function description(timeoutMs = 4_500): Promise<string> {
    const { answer, text } = await send('GET', wire.infoPath, undefined, timeoutMs)
    if (!answer.ok) throw problemFrom(text, answer.status)
    return text
  }

  const at = (ref: EnvironmentRef) => `ref=${encodeURIComponent(environmentKey(ref))}`
  return {
    open: (ref: EnvironmentRef, router: unknown, fencingToken: FencingToken, next: unknown = null) =>
      ask('POST', '/open', wire.TrafficAnswer, { ref, router, next, fencingToken }),
    run: (ref: EnvironmentRef, spec: RevisionSpec, replicas: number, fencingToken: FencingToken) =>
      ask('POST', '/run', wire.RunAnswer, { ref, spec, replicas, fencingToken }),
    remove: (ref: EnvironmentRef, revision: string, fencingToken: FencingToken) =>
      ask('POST', '/remove', wire.StatusAnswer, { ref, revision, fencingToken }),
    closeEnvironment: async (ref: EnvironmentRef, fencingToken: FencingToken) =>
      void (await ask('POST', '/close', wire.NothingAnswer, { ref, fencingToken })),
    setWeights: (
      ref: EnvironmentRef,
      weights: Weights,
      fencingToken: FencingToken,
      closeStreams: readonly string[],
      { router = null, trial = null }: { readonly router?: unknown; readonly trial?: unknown } = {},
    ) => ask('POST', '/weights', wire.TrafficAnswer, { ref, weights, fencingToken, closeStreams, router, trial }),
    traffic: (ref: EnvironmentRef) => ask('GET', `/traffic?${at(ref)}`, wire.TrafficAnswer),
    /** The ports of each environment, and the range for environments that declare none. */
    ports: (timeoutMs?: number) => ask('GET', '/ports', wire.PortsAnswer, undefined, timeoutMs),
    status: (ref: EnvironmentRef) => ask('GET', `/status?${at(ref)}`, wire.StatusAnswer),
    smoke: (ref: EnvironmentRef, revision: string, test: SmokeTest) =>
      ask('POST', '/smoke', wire.SmokeAnswer, { ref, revision, test }, test.withinMs + 2_000),
    secretDigests: (ref: EnvironmentRef, names: readonly string[]) => ask('POST', '/secrets', wire.SecretsAnswer, { ref, names }),
    /** @param signal ends the import when its caller no longer waits */
    importArtifact: (path: string, signal?: AbortSignal) =>
      ask('POST', '/artifacts', wire.ImportAnswer, { path }, importMs, signal),
    /** The answer that an import would give. Nothing is stored. */
    digestArtifact: (path: string, signal?: AbortSignal) =>
      ask('POST', '/artifacts', wire.ImportAnswer, { path, what: 'digest' }, importMs, signal),
    /** The contents that an artifact would have, by names and sizes. Nothing is read or stored. */
    inspectArtifact: async (path: string, signal?: AbortSignal) =>
      (await ask('POST', '/artifacts', wire.ImportAnswer, { path, what: 'inspect' }, importMs, signal)).contents,
    /** A working copy for a command that takes at most `forMs`. The caller returns it. */
    lendCopy: (ref: EnvironmentRef, artifact: string, forMs: number) =>
      ask('POST', '/working-copies', wire.LentAnswer, { ref, artifact, forMs }, importMs),
    returnCopy: async (id: string) => void (await ask('POST', '/working-copies/return', wire.ReturnAnswer, { id }, importMs)),
    /** Removes artifacts that nothing needs. Returns their digests. */
    pruneArtifacts: async (body: z.input<typeof wire.PruneBody>) =>
      (await ask('POST', '/artifacts/prune', wire.PruneAnswer, body, importMs)).removed,
    hasArtifact: async (digest: string) =>
      (await ask('GET', `/artifacts?digest=${encodeURIComponent(digest)}`, wire.PresentAnswer)).present,
    history: (ref: EnvironmentRef, revision: string, sinceMs: number, edgesMs: readonly number[]) => {
      const query = `${at(ref)}&revision=${encodeURIComponent(revision)}&since=${sinceMs}&edges=${edgesMs.join(',')}`
      return ask('GET', `/history?${query}`, wire.HistoryAnswer)
    },
    effects: (ref: EnvironmentRef) => ask('GET', `/effects?${at(ref)}`, wire.EffectRow.array()),
    /** The protocol and the number of services of a runtime of any version. */
    anyInfo: async (timeoutMs?: number) => readAnswer(wire.AnyInfo, wire.infoPath, await description(timeoutMs)),
    info: async (timeoutMs?: number) => {
      const text = await description(timeoutMs)
      refuseOther(readAnswer(wire.AnyInfo, wire.infoPath, text).protocol)
      return readAnswer(wire.InfoAnswer, wire.infoPath, text)
    },
    logs: (ref: EnvironmentRef, { version, lines = 200 }: { version?: string; lines?: number } = {}) =>
      ask(
        'GET',
        `/logs?${at(ref)}&lines=${lines}${version ? `&version=${encodeURIComponent(version)}` : ''}`,
        wire.LogRow.array(),
      ),
    close: () => dispatcher.close(),
  }
}

/** @throws Problem target-unavailable where the runtime that answered is of another protocol; it has then changed nothing */
function refuseOther(protocol: number): void {
  if (protocol === wire.runtimeProtocol) return
  const isOlder = protocol < wire.runtimeProtocol
  throw new Problem(
    'target-unavailable',
    `the local runtime speaks protocol ${protocol}, and this process protocol ${wire.runtimeProtocol}, so the ${isOlder ? 'runtime' : 'process'} is of an older version: nothing was changed`,
    { hint: isOlder ? `${startAgain}; ${moveOn}` : startAgain },
  )
}

/** The processes of the control plane come first. The end of the runtime interrupts its services, also in the middle of a revert. */
const startAgain = 'start this process (the API or a worker) again from the version that the runtime runs, which ends no service'
const moveOn =
  'to leave that version, let what is in flight end, then end the runtime with its services and start everything from the newer one'

/** @throws Problem target-unavailable */
function readAnswer<Answer>(schema: z.ZodType<Answer>, path: string, text: string): Answer {
  const unknown = (cause: Error) =>
    new Problem('target-unavailable', `the local runtime answered ${path} in an unknown form: ${cause.message}`, { cause })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw unknown(error as Error)
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw unknown(parsed.error)
  return parsed.data
}

function problemFrom(text: string, status: number): Problem {
  try {
    const { code, detail, hint } = wire.ProblemAnswer.parse(JSON.parse(text))
    if (isProblemCode(code)) return new Problem(code, detail, hint === undefined ? {} : { hint })
  } catch {
    // The answer is no problem document. The problem below stands for it.
  }
  return new Problem('target-unavailable', `the local runtime answered ${status}`)
}
