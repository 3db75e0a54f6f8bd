/** Releases and rollbacks: starts them, sends requests to them, and shows them. */
import type { SubjectKind } from '../../domain/subject.ts'
import type { RequestKind } from '../../domain/rollout/phase.ts'
import type { Verb } from '../../schema/verb.ts'
import { verbOf } from '../../schema/verbs.ts'
import { summaryOf } from '../analysis-summary.ts'
import type { Answer, Call } from '../client.ts'
import type { CliContext, Run, Typed } from '../context.ts'
import { argument, flagText, isJson } from '../context.ts'
import { isEnded } from '../exit-codes.ts'
import { follow } from '../follow.ts'
import { EventAnswer, ReleaseAnswer, StartedAnswer, listOf, read } from '../api-answers.ts'
import { plain } from '../terminal.ts'
import { tableLines } from '../view/columns.ts'
import { agoText } from '../view/duration.ts'
import { releaseLines, stateText } from '../view/release-view.ts'
import type { Started } from '../waiting.ts'
import { waitOrTell, waitingOf } from '../waiting.ts'
import { shown, writeJson } from './answers.ts'
import { artifactOf, artifactTimeoutMs, tellContents } from './artifacts.ts'
import { withEnvironment } from './with-environment.ts'
import { callOf, pathOf } from './request.ts'

/** The paths of a release or rollback and of its events. */
export const pathsOf = (noun: SubjectKind, id: string) => ({
  noun,
  self: pathOf(verbOf(noun, 'show').path, { id }),
  events: pathOf(verbOf(noun, 'watch').path, { id }),
})

/** The answer to a start, with the paths for following it. */
export const startedOf = (
  noun: 'release' | 'rollback',
  { json, text }: Answer,
): Started & { state: string; twin: string | null } => {
  const { id, state, twin = null } = read(StartedAnswer, json)
  return { id, state, twin, text, ...pathsOf(noun, id) }
}

/** A command that starts something and may wait for it. `more` adds to the call what is not typed; `aim` describes it for people. */
const starting =
  (
    noun: 'release' | 'rollback',
    aim: (typed: Typed) => string,
    more?: (typed: Typed, context: CliContext) => Promise<Partial<Call>>,
  ) =>
  (verb: Verb): Run =>
  async (context, input) => {
    waitingOf(input, context.settings.ci)
    const typed = noun === 'rollback' ? await withEnvironment(context, input) : input
    const { body, ...rest } = (await more?.(typed, context)) ?? {}
    const call = { ...callOf(verb, typed, { ...(body as object | undefined) }), ...rest }
    const started = startedOf(noun, await context.client.call(call))
    const { id, state, twin } = started
    const same =
      twin === null
        ? ''
        : `; ${twin} releases the same version: if it is reverted, this release waits for a person before it starts`
    return waitOrTell(context, typed, started, 'start', `${id} ${state}: ${aim(typed)}${same}`)
  }

export const startRelease = starting(
  'release',
  (typed) => `${argument(typed, 'service')} ${flagText(typed, 'version') ?? ''}`,
  async (typed, context) => {
    const artifact = await artifactOf(flagText(typed, 'artifact'), context.cwd)
    await tellContents(context, artifact, typed.args.service, isJson(typed))
    return { body: { artifact }, timeoutMs: artifactTimeoutMs }
  },
)
export const retryRelease = starting('release', (typed) => `${argument(typed, 'id')} again, with an alpha of its own`)
export const startRollback = starting(
  'rollback',
  (typed) => `brings back ${flagText(typed, 'version') ?? 'the last good version'}`,
)

/** Sends a request to a release or rollback in flight. The API answers at once: it accepts, or refuses and names what is legal. */
export const ask =
  (verb: Verb, kind: RequestKind): Run =>
  async (context, typed) => {
    const { mode } = waitingOf(typed, context.settings.ci)
    const fully = kind === 'promote' && typed.flags.fully === true
    const noun = nounOf(verb)
    const requested = fully ? verbOf(noun, 'promote-fully') : verb
    const id = argument(typed, 'id')
    const paths = pathsOf(noun, id)
    // Read before the request is sent, so that `--wait` sees which events came after it.
    const after = mode === null ? {} : { afterSeq: await lastSeq(context, paths.events) }
    const answer = await context.client.call({ ...callOf(verb, typed), path: pathOf(requested.path, { id }) })
    const message = `${id}: ${fully ? 'promote fully' : kind.replaceAll('-', ' ')} accepted`
    return waitOrTell(context, typed, { id, text: answer.text, ...paths, ...after }, requested.requestKind ?? kind, message)
  }

/** The number of the newest event; 0 when there is none. */
async function lastSeq({ client, signal }: CliContext, path: string): Promise<number> {
  let last = 0
  for (let cursor: string | null = null; ; ) {
    const query: Call['query'] = { limit: 1_000, ...(cursor === null ? {} : { cursor }) }
    const { json } = await client.call({ method: 'GET', path, query, signal })
    const page: { items: readonly EventAnswer[]; nextCursor?: string | null | undefined } = read(listOf(EventAnswer), json)
    last = page.items.at(-1)?.seq ?? last
    cursor = page.nextCursor ?? null
    if (cursor === null) return last
  }
}

/** Follows a release or rollback. */
export const watchRelease =
  (verb: Verb): Run =>
  async (context, typed) => {
    const id = argument(typed, 'id')
    const { mode, timeoutMs } = waitingOf(typed, context.settings.ci)
    const json = isJson(typed) ? 'events' : null
    return follow(context, { id, ...pathsOf(nounOf(verb), id), mode: mode ?? 'end', awaited: 'start', timeoutMs, json })
  }

/** Lists releases, rollbacks, or both of one service. */
export const listSubjects = (verb: Verb): Run =>
  shown(verb, (json, { terminal }) => {
    const { items, nextCursor } = read(listOf(ReleaseAnswer.partial({ service: true })), json)
    if (items.length === 0) return [`no ${verb.verb === 'history' ? 'releases' : `${verb.noun}s`} here`]
    const rows = items.map((one) => [
      one.id,
      plain(one.version),
      stateText(one, terminal.paint),
      one.environment ?? one.reached?.at(-1) ?? '',
      one.outcome || !one.environment || one.weightPercent == null ? '' : `${one.weightPercent} %`,
      agoText(one.createdAt, Date.now()),
      one.requestedBy?.id ?? '',
      isEnded(one.state) && one.reason ? plain(one.reason.detail) : '',
    ])
    const titles = ['id', 'version', 'state', 'environment', 'weight', 'started', 'by', 'why']
    const [head = '', ...lines] = tableLines(
      titles.map((title) => ({
        title,
        right: title === 'weight',
        isSpare: ['weight', 'started', 'by', 'why'].includes(title),
      })),
      rows,
      terminal.width(),
    )
    return [terminal.paint('dim', head), ...lines, ...(nextCursor ? [`more: --cursor ${nextCursor}`] : [])]
  })

const nounOf = ({ noun }: Verb): SubjectKind => (noun === 'rollback' ? noun : 'release')

/** Shows the present state of a release or rollback, with its last events. */
export const showRelease =
  (verb: Verb): Run =>
  async (context, typed) => {
    const { client, terminal } = context
    const answer = await client.call(callOf(verb, typed))
    if (isJson(typed)) return writeJson(terminal, answer)
    const release = read(ReleaseAnswer, answer.json)
    const { events: path } = pathsOf(nounOf(verb), argument(typed, 'id'))
    const { items: events } = read(listOf(EventAnswer), (await client.call({ method: 'GET', path, query: { limit: 200 } })).json)
    const { paint } = terminal
    const columns = terminal.columns()
    const analysis = summaryOf(release.analysis)
    const picture = { release, analysis, events, eventRows: 12, nowMs: Date.now(), columns, paint, footer: footerOf(release) }
    for (const line of releaseLines(picture)) terminal.line(line)
  }

function footerOf({ note, retryOf, links }: ReleaseAnswer): string | null {
  const console = links?.console
  const parts = [note && `note: ${plain(note)}`, retryOf && `retry of ${retryOf}`, typeof console === 'string' && console]
  return parts.filter(Boolean).join(' · ') || null
}
