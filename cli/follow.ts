/**
 * Follows a release or rollback until the wait is over: a live picture on a terminal, one line per event in a pipe. The state that the API
 * answers decides when it is over. Events are shown, and only trigger the next read of that state.
 */
import type { SubjectKind } from '../domain/subject.ts'
import { Problem } from '../domain/problem.ts'
import { ApiProblem } from './api-problem.ts'
import { summaryOf } from './analysis-summary.ts'
import type { Bell } from './bell.ts'
import { createBell } from './bell.ts'
import type { CliContext } from './context.ts'
import { followEvents } from './event-stream.ts'
import type { Awaited, ExitCode, WaitMode } from './exit-codes.ts'
import { exitCodes, exitOfState, isEnded } from './exit-codes.ts'
import type { EventAnswer, ReleaseAnswer } from './api-answers.ts'
import { EventAnswer as EventSchema, ReleaseAnswer as ReleaseSchema, read } from './api-answers.ts'
import { plain } from './terminal.ts'
import { durationText } from './view/duration.ts'
import { eventLine } from './view/event-line.ts'
import { createLiveScreen } from './view/live-screen.ts'
import { releaseLines, waitText } from './view/release-view.ts'
import { longestTimerMs } from '../domain/bounds.ts'

export interface Follow {
  readonly noun: SubjectKind
  readonly id: string
  /** The path of the release or rollback, and that of its events. */
  readonly self: string
  readonly events: string
  readonly mode: WaitMode
  readonly awaited: Awaited
  readonly timeoutMs: number | null
  /** The newest event before the request was sent. Events up to it are not shown, and a state of that time does not end the wait. */
  readonly afterSeq?: number
  /** Prints only the API's JSON: every event as it comes, or the last state at the end. */
  readonly json: 'events' | 'end' | null
}

interface Followed {
  release: ReleaseAnswer | null
  text: string
  readonly events: EventAnswer[]
  connected: boolean
}

/** Returns the exit code for its end. @throws ApiProblem, Problem unreachable, or the signal's reason */
export async function follow(context: CliContext, what: Follow): Promise<ExitCode> {
  const stop = new AbortController()
  const deadline = what.timeoutMs === null ? null : AbortSignal.timeout(Math.min(what.timeoutMs, longestTimerMs))
  const signal = AbortSignal.any([context.signal, stop.signal, ...(deadline ? [deadline] : [])])
  const seen: Followed = { release: null, text: '', events: [], connected: true }
  const bell = createBell()
  const view = what.json === null && context.terminal.live ? liveView(context, what, seen) : null
  const show = (event: EventAnswer, data: string): void => {
    if (event.seq <= (what.afterSeq ?? 0)) return
    if (what.json === 'events') context.terminal.line(data)
    else if (what.json === null && !view) context.terminal.line(eventLine(event, context.terminal.paint))
  }
  const telling = tell(context, what, seen, signal, show, bell)
  // When the API refuses the events, the wait ends too, with that error.
  telling.catch((error: unknown) => {
    stop.abort(error)
    bell.ring()
  })
  try {
    const exit = await watch(context, what, seen, signal, bell).catch((error: unknown) => {
      // The deadline may abort a read, which is no error of the release.
      if (deadline?.aborted === true && error === deadline.reason) return exitCodes.stillGoing
      throw error
    })
    // The last events are written together with the end, and may take a moment to arrive.
    if (seen.release && isEnded(seen.release.state)) await Promise.race([telling, bell.silence(2_000, signal)]).catch(() => {})
    view?.draw()
    view?.end()
    conclude(context, what, seen, exit, view !== null)
    return exit
  } finally {
    view?.end()
    stop.abort(new Error('followed'))
    await telling.catch(() => {})
  }
}

const patienceMs = 300_000

/** Reads the state after every event, and at least once a second. */
async function watch(context: CliContext, what: Follow, seen: Followed, signal: AbortSignal, bell: Bell): Promise<ExitCode> {
  let answeredAtMs = performance.now()
  for (;;) {
    signal.throwIfAborted()
    try {
      const exit = await lookAt(context, what, seen, signal)
      if (exit !== null) return exit
      answeredAtMs = performance.now()
      seen.connected = true
    } catch (error) {
      seen.connected = false
      if (signal.aborted || !isPassing(error) || performance.now() - answeredAtMs > patienceMs) throw error
    }
    await bell.silence(1_000, signal)
  }
}

async function lookAt({ client }: CliContext, what: Follow, seen: Followed, signal: AbortSignal): Promise<ExitCode | null> {
  const { json, text } = await client.call({ method: 'GET', path: what.self, signal })
  const release = read(ReleaseSchema, json)
  seen.release = release
  seen.text = text
  const exit = exitOfState({ state: release.state, phase: release.phase ?? null }, what.mode, what.awaited)
  const isAnswer = exit !== null && isEnded(release.state)
  return exit === null || isAnswer || wasTakenUp(what, seen) ? exit : null
}

/** Whether the workflow has taken up the request. Before that, the state is still that of before the request: paused, held, gated. */
const wasTakenUp = ({ afterSeq, awaited }: Follow, { events }: Followed): boolean =>
  afterSeq === undefined ||
  events.some(
    (event) =>
      event.seq > afterSeq && (event.kind === 'requested' || event.kind === 'request-too-late') && event.data.request === awaited,
  )

async function tell(
  context: CliContext,
  what: Follow,
  seen: Followed,
  signal: AbortSignal,
  show: (event: EventAnswer, data: string) => void,
  bell: Bell,
): Promise<void> {
  const isOver = async (): Promise<boolean> => seen.release !== null && isEnded(seen.release.state)
  for await (const { data } of followEvents(context.client, { path: what.events, signal, isOver })) {
    const event = read(EventSchema, JSON.parse(data))
    seen.events.push(event)
    show(event, data)
    bell.ring()
  }
}

function liveView(context: CliContext, what: Follow, seen: Followed) {
  const { terminal, client } = context
  const screen = createLiveScreen(terminal)
  const draw = (): void => {
    if (!seen.release) return
    const over = isEnded(seen.release.state)
    const footer = !seen.connected
      ? `${client.url} does not answer; trying again`
      : over
        ? null
        : `Ctrl-C leaves this view; ${what.id} continues`
    const { paint, columns, rows } = terminal
    const eventRows = Math.max(3, Math.min(10, rows() - 16))
    const picture = {
      release: seen.release,
      analysis: summaryOf(seen.release.analysis),
      events: seen.events,
      eventRows,
      paint,
    }
    screen.draw(['', ...releaseLines({ ...picture, nowMs: Date.now(), columns: columns(), footer }), ''])
  }
  const timer = setInterval(draw, 200)
  const end = (): void => {
    clearInterval(timer)
    screen.end()
  }
  return { draw, end }
}

/** Prints the result to stdout, and what to do next to stderr. */
function conclude(
  { terminal }: CliContext,
  what: Follow,
  { release, text, connected }: Followed,
  exit: ExitCode,
  live: boolean,
): void {
  if (what.json === 'end' && text !== '') terminal.write(text.endsWith('\n') ? text : `${text}\n`)
  const waited = durationText(what.timeoutMs ?? 0)
  if (exit === exitCodes.stillGoing && (!connected || !release))
    terminal.note(`the API does not answer; the state of ${what.id} after ${waited} is not known: ${followHint(what)}`)
  if (!release || what.json !== null) return
  if (!live) terminal.line(`${what.id} ${release.state}${release.reason ? `: ${plain(release.reason.detail)}` : ''}`)
  if (release.reason?.hint && isEnded(release.state)) terminal.note(release.reason.hint)
  if (exit === exitCodes.stillGoing && connected)
    terminal.note(`${what.id} is still in progress after ${waited} and continues: ${followHint(what)}`)
  if (exit === exitCodes.needsPerson) terminal.note(`${what.id} needs a person: ${waitText(release) || release.state}`)
  if (exit === exitCodes.failed && what.noun === 'release') terminal.note(`why: holdfast release explain ${what.id}`)
}

/** The command that follows it. */
export const followHint = ({ noun, id }: Pick<Follow, 'noun' | 'id'>): string => `holdfast ${noun} watch ${id}`

const isPassing = (error: unknown): boolean =>
  error instanceof Problem
    ? error.code === 'unreachable'
    : error instanceof ApiProblem && (error.status >= 500 || error.status === 429)
