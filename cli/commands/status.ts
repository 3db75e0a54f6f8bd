/** Prints an overview: whether the API and its dependencies are up, the services, and the releases in flight. */
import { z } from 'zod'
import { Health } from '../../schema/answers.ts'
import type { Verb } from '../../schema/verb.ts'
import { verbOf } from '../../schema/verbs.ts'
import { ApiProblem } from '../api-problem.ts'
import type { Answer, Call } from '../client.ts'
import type { CliContext, Run } from '../context.ts'
import { isJson } from '../context.ts'
import { exitCodes, isEnded } from '../exit-codes.ts'
import { ReleaseAnswer, listOf, read } from '../api-answers.ts'
import { plain } from '../terminal.ts'
import { stateText } from '../view/release-view.ts'
import { writeJson } from './answers.ts'
import { callOf } from './request.ts'
import { ServiceAnswer, serviceTable } from './service.ts'

const HealthAnswer = Health.extend({ status: z.string(), components: Health.shape.components.default({}) })

/** Exits with 6 when a dependency of the API is away. */
export const showStatus =
  (verb: Verb): Run =>
  async (context, typed) => {
    const { client, terminal } = context
    const answer = await health(context, verb)
    const { status, components } = HealthAnswer.catch({ status: 'down', components: {} }).parse(answer.json)
    const exit = status === 'ok' ? exitCodes.done : exitCodes.unreachable
    if (isJson(typed)) {
      writeJson(terminal, answer)
      return exit
    }
    const { paint } = terminal
    const light = (ok: boolean): string => (ok ? paint('green', '●') : paint('red', '✘'))
    terminal.line(`${light(status === 'ok')} ${paint('bold', client.url)}  ${status}`)
    for (const [name, { ok, detail }] of Object.entries(components))
      terminal.line(`  ${light(ok)} ${name}${detail ? paint('dim', `  ${plain(detail)}`) : ''}`)
    if (status !== 'down') await overview(context)
    return exit
  }

/** Reads the health also from an answer with 503. Throws only when the API cannot be reached. */
async function health({ client }: CliContext, verb: Verb): Promise<Pick<Answer, 'text' | 'json'>> {
  try {
    return await client.call(callOf(verb, { args: {}, flags: {} }))
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 503) throw error
    return { text: error.raw, json: error.document }
  }
}

async function overview(context: CliContext): Promise<void> {
  const { terminal } = context
  const { paint } = terminal
  const [services, releases] = await Promise.all([
    newest(context, verbOf('service', 'list').path, ServiceAnswer),
    newest(context, verbOf('release', 'list').path, ReleaseAnswer),
  ])
  const { items } = services
  terminal.line()
  if (items.length === 0) terminal.line("no services yet: 'holdfast init' writes a declaration")
  else for (const line of serviceTable(items, terminal)) terminal.line(line)
  const going = releases.items.filter(({ state }) => !isEnded(state))
  if (going.length > 0) terminal.line()
  for (const release of going) terminal.line(`${paint('bold', release.id)} ${release.version} ${stateText(release, paint)}`)
  if (services.isCut) terminal.note(`the first ${most} services; 'holdfast service list' has all`)
  if (releases.isCut) terminal.note(`of the newest ${most} releases; 'holdfast release list' has all`)
}

const most = 1_000

/** Reads a list page by page, up to `most` items. */
async function newest<T extends z.ZodType>({ client, signal }: CliContext, path: string, item: T) {
  const items: z.output<T>[] = []
  let cursor: string | null = null
  do {
    const query: Call['query'] = { limit: 200, ...(cursor === null ? {} : { cursor }) }
    const { json } = await client.call({ method: 'GET', path, query, signal })
    const page: { items: z.output<T>[]; nextCursor?: string | null | undefined } = read(listOf(item), json)
    items.push(...page.items)
    cursor = page.nextCursor ?? null
  } while (cursor !== null && items.length < most)
  return { items, isCut: cursor !== null }
}
