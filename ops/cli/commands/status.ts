/** One look at everything: is the API there, what does it miss, what runs, what is on its way. */
import { z } from 'zod'
import type { Verb } from '../../../schema/verbs.ts'
import { verbOf } from '../../../schema/verbs.ts'
import { ApiProblem } from '../api-problem.ts'
import type { Answer } from '../client.ts'
import type { CliContext, Run } from '../context.ts'
import { isJson } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { exitCodes, isEnded } from '../exit-codes.ts'
import { ReleaseReading, listOf, read } from '../readings.ts'
import { stateText } from '../view/release-view.ts'
import { treeLines } from '../view/tree.ts'
import { writeJson } from './answers.ts'
import { callOf } from './request.ts'
import { ServiceReading, serviceTable } from './service.ts'

/** Exits with 6 when something that the API needs is away. */
export const showStatus =
  (verb: Verb): Run =>
  async (context, typed) => {
    const { client, terminal } = context
    const { answer, exit } = await health(context, verb)
    if (isJson(typed)) {
      writeJson(terminal, answer)
      return exit
    }
    const { paint } = terminal
    const well = exit === exitCodes.done
    terminal.line(`${paint(well ? 'green' : 'red', well ? '●' : '✘')} ${client.url}`)
    for (const line of treeLines(z.record(z.string(), z.unknown()).catch({}).parse(answer.json), paint)) terminal.line(line)
    if (well) await overview(context)
    return exit
  }

async function health({ client }: CliContext, verb: Verb): Promise<{ answer: Pick<Answer, 'text' | 'json'>; exit: ExitCode }> {
  try {
    return { answer: await client.call(callOf(verb, { args: {}, flags: {} })), exit: exitCodes.done }
  } catch (error) {
    // The API answers what is wrong with 503; only its absence is thrown on.
    if (!(error instanceof ApiProblem) || error.status !== 503) throw error
    return { answer: { text: error.raw, json: error.document }, exit: exitCodes.unreachable }
  }
}

async function overview({ client, terminal }: CliContext): Promise<void> {
  const { paint } = terminal
  const [services, releases] = await Promise.all([
    client.call({ method: 'GET', path: verbOf('service', 'list').path }),
    client.call({ method: 'GET', path: verbOf('release', 'list').path, query: { limit: 50 } }),
  ])
  const { items } = read(listOf(ServiceReading), services.json)
  terminal.line()
  if (items.length === 0) terminal.line("no services yet: 'holdfast init' writes a declaration")
  else for (const line of serviceTable(items, paint)) terminal.line(line)
  const going = read(listOf(ReleaseReading), releases.json).items.filter(({ state }) => !isEnded(state))
  if (going.length > 0) terminal.line()
  for (const release of going) terminal.line(`${paint('bold', release.id)} ${release.version} ${stateText(release, paint)}`)
}
