/**
 * `holdfast demo`: releases a good version, a bad one, or one that keeps crashing; makes the canary in flight fail; ends that fault.
 */
import { Problem } from '../../domain/problem.ts'
import { verbOf } from '../../schema/verbs.ts'
import type { CliContext, Run, Typed } from '../context.ts'
import type { DemoBehaviour } from '../demo.ts'
import { createDemoArtifact, demoService, nextDemoVersion, removeDemoSwitch, writeDemoSwitch } from '../demo.ts'
import type { Awaited, ExitCode } from '../exit-codes.ts'
import { isEnded } from '../exit-codes.ts'
import { follow } from '../follow.ts'
import { EventAnswer, listOf, read, ReleaseAnswer } from '../api-answers.ts'
import { waitingOf, waitOrTell } from '../waiting.ts'
import { pathOf } from './request.ts'
import { pathsOf, startedOf } from './releases.ts'

export const demoGood: Run = (context, typed) => demoRelease(context, typed, { mode: 'healthy' }, 'start')

/** Five of a hundred answers fail, few enough that only a statistical test shows it. A revert is the awaited end. */
export const demoBad: Run = (context, typed) => demoRelease(context, typed, { mode: 'errors', rate: 0.05 }, 'revert')

/** Its process ends three seconds after each start: it becomes ready, gets traffic, and exits again. */
export const demoCrash: Run = (context, typed) => demoRelease(context, typed, { mode: 'crash', afterMs: 3_000 }, 'revert')

async function demoRelease(context: CliContext, typed: Typed, behaviour: DemoBehaviour, awaited: Awaited): Promise<ExitCode> {
  const { client, settings } = context
  const waiting = watched(context, typed)
  const version = nextDemoVersion((await releases(context)).map((release) => release.version))
  const path = await createDemoArtifact(settings.home, version, behaviour)
  const route = pathOf(verbOf('release', 'start').path, { service: demoService })
  const note = `demo ${behaviour.mode}`
  const answer = await client.call({ method: 'POST', path: route, body: { version, artifact: { path }, note } })
  const started = startedOf('release', answer)
  return waitOrTell(context, waiting, started, awaited, `${started.id} ${started.state}: ${demoService} ${version}`)
}

/** On a terminal the command follows the release, unless `--no-wait` is given. */
const watched = ({ terminal, settings }: CliContext, typed: Typed): Typed =>
  terminal.live && waitingOf(typed, settings.ci).mode === null && typed.flags.wait === undefined
    ? { ...typed, flags: { ...typed.flags, wait: 'end' } }
    : typed

/** Makes the canary in flight fail a quarter of its requests, follows it until it is reverted, and prints how long that took. */
export const demoBreak: Run = async (context, typed) => {
  const { settings, terminal } = context
  const flight = (await releases(context)).find(({ state, weightPercent }) => !isEnded(state) && (weightPercent ?? 0) > 0)
  if (!flight)
    throw new Problem('not-found', 'no canary of the demo has traffic now', {
      hint: "start one with 'holdfast demo good', then break it",
    })
  await writeDemoSwitch(settings.home, flight.version, { mode: 'errors', rate: 0.25 })
  const brokenAtMs = Date.now()
  terminal.note(`${flight.id} (${flight.version}) fails 25 % of its requests from now on`)
  const { timeoutMs } = waitingOf(typed, settings.ci)
  const paths = pathsOf('release', flight.id)
  const exit = await follow(context, { id: flight.id, ...paths, mode: 'settled', awaited: 'revert', timeoutMs, json: null })
  const { items } = read(
    listOf(EventAnswer),
    (await context.client.call({ method: 'GET', path: paths.events, query: { limit: 200 } })).json,
  )
  for (const line of caughtLines(items, brokenAtMs)) terminal.line(line)
  return exit
}

/** The times from the switch to the verdict, and to the end of the canary's traffic. */
export function caughtLines(events: readonly EventAnswer[], brokenAtMs: number): readonly string[] {
  const after = (found: (event: EventAnswer) => boolean): string | null => {
    const event = events.find((one) => Date.parse(one.at) >= brokenAtMs && found(one))
    return event ? `${((Date.parse(event.at) - brokenAtMs) / 1000).toFixed(1)} s` : null
  }
  const caught = after((event) => event.kind === 'verdict' && (event.data.verdict === 'fail' || event.data.verdict === 'dead'))
  const back = after((event) => event.kind === 'weight-shifted' && event.data.weight === 0)
  return [...(caught ? [`caught after ${caught}`] : []), ...(back ? [`no more traffic after ${back}`] : [])]
}

/** Ends the fault that `demo break` switched on. */
export const demoMend: Run = async ({ settings, terminal }) => {
  await removeDemoSwitch(settings.home)
  terminal.line("the fault of 'holdfast demo break' is switched off")
}

async function releases({ client, signal }: CliContext): Promise<readonly ReleaseAnswer[]> {
  const query = { service: demoService, limit: 200 }
  return read(
    listOf(ReleaseAnswer),
    (await client.call({ method: 'GET', path: verbOf('release', 'list').path, query, signal })).json,
  ).items
}
