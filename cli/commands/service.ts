/** Declares, lists, shows and removes services and their environments. */
import { text as readText } from 'node:stream/consumers'
import { z } from 'zod'
import { Reason } from '../../schema/release.ts'
import { Applied, EnvironmentView, ServiceView, Stopping } from '../../schema/service.ts'
import type { Verb } from '../../schema/verb.ts'
import type { Answer } from '../client.ts'
import type { CliContext, Run, Typed } from '../context.ts'
import { argument, flagText, isJson } from '../context.ts'
import { readDeclarations } from '../declaration-file.ts'
import type { ExitCode } from '../exit-codes.ts'
import { exitCodes } from '../exit-codes.ts'
import { IdAnswer, listOf, read } from '../api-answers.ts'
import type { Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { bar, countText, moreText, namesText, tableLines } from '../view/columns.ts'
import { clockText, declaredDuration } from '../view/duration.ts'
import { stateText } from '../view/release-view.ts'
import { shown, writeJson } from './answers.ts'
import { withEnvironmentArgument } from './with-environment.ts'
import { callOf } from './request.ts'

const View = EnvironmentView.shape
const Turn = View.queue.element.pick({ id: true }).extend({ state: z.string(), phase: z.string().nullish() })
const Replica = View.replicas.unwrap().element
const Replicas = Replica.pick({ version: true, wanted: true, ready: true }).extend({
  detail: Replica.shape.detail.default(''),
  exits: Replica.shape.exits.default(0),
  lastExit: Replica.shape.lastExit.optional(),
})
type Replicas = z.infer<typeof Replicas>
const Last = View.last.unwrap().pick({ id: true, outcome: true })
const Environment = EnvironmentView.pick({ name: true }).extend({
  stable: View.stable.unwrap().pick({ version: true }).nullish(),
  last: Last.extend({ reason: Reason.pick({ detail: true }).nullish() }).nullish(),
  queue: z.array(Turn).default([]),
  queueMore: View.queueMore.default(0),
  traffic: View.traffic
    .unwrap()
    .pick({ url: true, effective: true, versions: true, foreign: true })
    .partial({ versions: true, foreign: true })
    .nullish(),
  replicas: z.array(Replicas).nullish(),
})
type Environment = z.infer<typeof Environment>
const StoppingAnswer = z.object({ inFlight: z.array(IdAnswer).default([]), inFlightMore: Stopping.shape.inFlightMore.default(0) })
const AppliedAnswer = Applied.pick({
  environments: true,
  keepOld: true,
  keepOldMore: true,
  changes: true,
  changesMore: true,
}).partial()
type Change = z.infer<typeof Applied>['changes'][number]
export const ServiceAnswer = ServiceView.pick({ name: true }).extend({ environments: z.array(Environment).default([]) })

/** Applies every document of the file; `-` is stdin. Faults are printed with line and column. */
export const applyService =
  (verb: Verb): Run =>
  async (context, typed) => {
    const file = flagText(typed, 'file') ?? 'holdfast.yaml'
    const text = file === '-' ? await readText(context.stdin) : undefined
    let exit: ExitCode = exitCodes.done
    for (const document of await readDeclarations(file, context.cwd, text)) {
      const one = await applyOne(verb, context, typed, document)
      if (one !== exitCodes.done) exit = one
    }
    return exit
  }

/** The answer with an empty list for each that an older API leaves out. */
const notNull = ({ keepOld, keepOldMore, changes, changesMore, environments }: z.infer<typeof AppliedAnswer>) => ({
  keepOld: keepOld ?? [],
  keepOldMore: keepOldMore ?? 0,
  changes: changes ?? [],
  changesMore: changesMore ?? 0,
  environments: environments ?? [],
})

/** For a new service, one sentence stands for all its changes. */
function dryRunLines(name: string, { changes, changesMore, environments }: ReturnType<typeof notNull>): string[] {
  if (changes.some(({ at, before }) => at === 'name' && before === undefined))
    return [`${name} would be declared: it is new, with ${environments.join(', ') || 'no environment'}`]
  if (changes.length === 0) return [`${name} would stay as it is`]
  const more = changesMore > 0 ? [`  ${moreText(changesMore)}`] : []
  return [`${name} would change:`, ...changes.map((change) => `  ${changeText(change)}`), ...more]
}

/** `~ environments.production.watch: 15m -> 1m`; `+` marks a new key, `-` a removed one. */
function changeText({ at, before, after }: Change): string {
  const isDuration = [before, after].every((value) => value === undefined || typeof value === 'number') && at.endsWith('Ms')
  const text = (value: unknown): string => (isDuration ? declaredDuration(Number(value)) : valueText(value))
  const name = plain(isDuration ? at.slice(0, -'Ms'.length) : at)
  if (before === undefined) return `+ ${name}: ${text(after)}`
  if (after === undefined) return `- ${name}: ${text(before)}`
  return `~ ${name}: ${text(before)} -> ${text(after)}`
}

const longestValue = 120

/** A value that is too long for a line is shown by its keys. `--json` has all of it. */
function valueText(value: unknown): string {
  const text = plain(JSON.stringify(value))
  if (text.length <= longestValue || typeof value !== 'object' || value === null || Array.isArray(value)) return text
  return `{ ${plain(Object.keys(value).join(', '))} }`
}

function reverting(answer: Answer): string {
  const { inFlight, inFlightMore } = read(StoppingAnswer, answer.json)
  return namesText(inFlight, inFlightMore) || 'what is in flight'
}

async function applyOne(
  verb: Verb,
  { client, terminal, signal }: CliContext,
  typed: Typed,
  { name, json, explain }: Awaited<ReturnType<typeof readDeclarations>>[number],
): Promise<ExitCode> {
  const call = { ...callOf(verb, { ...typed, args: { service: name } }), body: json, signal }
  const answer = await client.call(call).catch((error: unknown) => {
    throw explain(error)
  })
  const isApplied = answer.status !== 202
  if (isJson(typed)) writeJson(terminal, answer)
  else if (!isApplied)
    terminal.line(`${name} not applied yet: ${reverting(answer)} is reverted first; apply it again once that has ended`)
  if (isJson(typed) || !isApplied) return isApplied ? exitCodes.done : exitCodes.stillGoing
  const applied = notNull(read(AppliedAnswer, answer.json))
  const { keepOld, keepOldMore } = applied
  if (typed.flags.dryRun === true) {
    for (const line of dryRunLines(name, applied)) terminal.line(line)
    return exitCodes.done
  }
  terminal.line(`${name} ${answer.status === 201 ? 'declared' : 'applied'}`)
  if (keepOld.length > 0)
    terminal.line(
      `${namesText(keepOld, keepOldMore)} ${keepOld.length === 1 ? 'keeps' : 'keep'} the earlier declaration; this one applies from the next release on`,
    )
  if (terminal.live)
    terminal.note(`${terminal.paintNote('dim', 'next:')} holdfast release start ${name} --version 1.0.0 --artifact .`)
  return exitCodes.done
}

export const listServices = (verb: Verb): Run =>
  shown(verb, (json, { terminal }) => {
    const { items, nextCursor } = read(listOf(ServiceAnswer), json)
    if (items.length === 0)
      return ["no services yet: 'holdfast init' writes a declaration, 'holdfast service apply -f' declares it"]
    return [...serviceTable(items, terminal), ...(nextCursor ? [`more: --cursor ${nextCursor}`] : [])]
  })

/** One row per environment. */
export function serviceTable(services: readonly z.infer<typeof ServiceAnswer>[], { paint, width }: Terminal): string[] {
  const rows = services.flatMap(({ name, environments }) =>
    environments.map((environment, i) => [
      i === 0 ? paint('bold', name) : '',
      environment.name,
      stableText(environment, paint),
      inFlight(environment, paint),
      environment.traffic?.url ?? '',
    ]),
  )
  const titles = ['service', 'environment', 'stable', 'in flight', 'address']
  const [head = '', ...lines] = tableLines(
    titles.map((title) => ({ title })),
    rows,
    width(),
  )
  return [paint('dim', head), ...lines]
}

/** Where no version is stable, the last release says why. */
function stableText({ stable, last, queue }: Environment, paint: Terminal['paint']): string {
  if (stable) return stable.version
  if (!last || queue.length > 0) return paint('dim', 'none yet')
  return paint('red', `none: ${last.id} ${last.outcome}`)
}

function lastLines({ stable, last }: Environment, paint: Terminal['paint']): string[] {
  if (stable || !last) return []
  return [
    `  ${paint('dim', 'last ')} ${last.id} ${paint('red', last.outcome)}${last.reason ? `: ${plain(last.reason.detail)}` : ''}`,
  ]
}

const turnLine = ({ id, state, phase }: z.infer<typeof Turn>, paint: Terminal['paint']): string =>
  `${id} ${stateText({ state, phase, stuck: false }, paint)}`

function inFlight({ queue, queueMore }: Environment, paint: Terminal['paint']): string {
  const [first, ...others] = queue
  if (!first) return paint('dim', 'nothing')
  const count = others.length + queueMore
  const more = count > 0 ? paint('dim', ` +${countText(count)}`) : ''
  return `${turnLine(first, paint)}${more}`
}

export const showService = (verb: Verb): Run =>
  shown(verb, (json, { terminal: { paint } }) => {
    const service = read(ServiceAnswer, json)
    return ['', `  ${paint('bold', service.name)}`, ...service.environments.flatMap((one) => environmentLines(one, paint))]
  })

export const showEnvironment = (verb: Verb): Run => {
  const show = shown(verb, (json, { terminal: { paint } }) => environmentLines(read(Environment, json), paint))
  return async (context, typed) => show(context, await withEnvironmentArgument(context, typed))
}

function environmentLines(environment: Environment, paint: Terminal['paint']): string[] {
  const { name, stable, queue, queueMore, traffic } = environment
  const address = traffic ? paint('cyan', traffic.url) : paint('yellow', 'traffic cannot be read now')
  return [
    '',
    `  ${paint('bold', name)}  ${paint('dim', 'stable')} ${stable ? paint('green', stable.version) : 'none yet'}  ${address}`,
    ...Object.entries(traffic?.effective ?? {}).map(([revision, weight]) => weightLine(revision, weight, environment, paint)),
    ...(traffic?.foreign ? [`  ${paint('yellow', plain(traffic.foreign))}`] : []),
    ...(environment.replicas ?? []).map((one) => replicaLine(one, paint)),
    ...lastLines(environment, paint),
    ...queue.map((turn, i) => `  ${paint('dim', i === 0 ? 'turn ' : 'waits')} ${turnLine(turn, paint)}`),
    ...(queueMore > 0 ? [`  ${paint('dim', `waits ${moreText(queueMore)}`)}`] : []),
    '',
  ]
}

/** `1.1.0: 0 of 1 ready (exit code 1), ended by itself 3 times, last 14:03:07 by exit code 1`. */
function replicaLine({ version, ready, wanted, detail, exits, lastExit }: Replicas, paint: Terminal['paint']): string {
  const down = ready < wanted ? ` (${detail})` : ''
  const last = lastExit ? `, last ${clockText(lastExit.at)} by ${lastExit.how}` : ''
  const ended = exits > 0 ? `, ended by itself ${exits} ${exits === 1 ? 'time' : 'times'}${last}` : ''
  const text = plain(`${version}: ${ready} of ${wanted} ready${down}${ended}`)
  return `  ${ready < wanted || exits > 0 ? paint('yellow', text) : paint('dim', text)}`
}

function weightLine(revision: string, weight: number, { traffic }: Environment, paint: Terminal['paint']): string {
  const { full, rest } = bar(weight / 100, 24)
  const version = traffic?.versions?.[revision] ?? revision.slice(0, 12)
  return `  ${paint('cyan', full)}${paint('dim', rest.replaceAll(' ', '·'))} ${String(weight).padStart(3)} %  ${plain(version)}`
}

export const removeService =
  (verb: Verb): Run =>
  async ({ client, terminal }, typed) => {
    const answer = await client.call(callOf(verb, typed))
    const isRemoved = answer.status !== 202
    const service = argument(typed, 'service')
    if (isJson(typed)) writeJson(terminal, answer)
    else if (isRemoved) terminal.line(`${service} removed`)
    else terminal.line(`${service} not removed yet: ${reverting(answer)} is reverted first; remove it again once that has ended`)
    return isRemoved ? exitCodes.done : exitCodes.stillGoing
  }
