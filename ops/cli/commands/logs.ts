/** What the replicas of an environment print. Followed, it goes on until Ctrl-C; whatever else ends it is a failure. */
import { z } from 'zod'
import { Problem } from '../../../domain/problem.ts'
import type { Verb } from '../../../schema/verb.ts'
import { ApiProblem } from '../api-problem.ts'
import type { Run, Typed } from '../context.ts'
import { argument, isJson } from '../context.ts'
import { openEvents } from '../event-stream.ts'
import { listOf, read } from '../readings.ts'
import type { Look, Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { writeJson } from './answers.ts'
import { callOf } from './request.ts'

const LogRow = z.looseObject({ replica: z.string(), version: z.string().nullish(), line: z.string() })
type LogRow = z.infer<typeof LogRow>

export const showLogs =
  (verb: Verb): Run =>
  async ({ client, terminal, signal }, typed) => {
    const call = { ...callOf(verb, typed), signal }
    const lineOf = createLine(terminal)
    if (typed.flags.follow !== true) {
      const answer = await client.call(call)
      if (isJson(typed)) return writeJson(terminal, answer)
      const { items } = read(listOf(LogRow), answer.json)
      if (items.length === 0) terminal.note(`nothing has been printed in ${argument(typed, 'service')} ${environmentOf(typed)}`)
      for (const row of items) terminal.line(lineOf(row))
      return
    }
    try {
      for await (const { data } of openEvents(client, { ...call, signal }))
        terminal.line(isJson(typed) ? data : lineOf(read(LogRow, JSON.parse(data))))
    } catch (error) {
      if (signal.aborted || error instanceof ApiProblem || error instanceof Problem) throw error
      throw brokenOff(error)
    }
    throw brokenOff()
  }

/** Lines have no ids to go on after: who came back would miss some or show some twice. So the person decides. */
const brokenOff = (cause?: unknown): Problem =>
  new Problem('unreachable', 'the logs broke off: the API ended them, or the connection was cut', {
    hint: 'follow them again; the last lines come first',
    cause,
  })

const environmentOf = ({ flags }: Typed): string => (typeof flags.environment === 'string' ? flags.environment : '')

const looks: readonly Look[] = ['cyan', 'green', 'magenta', 'yellow', 'blue']

/** Each replica in its own colour, so that lines can be told apart while they rush by. */
function createLine({ paint }: Terminal): (row: LogRow) => string {
  const seen = new Map<string, Look>()
  return ({ replica, version, line }) => {
    const look = seen.get(replica) ?? looks[seen.size % looks.length] ?? 'cyan'
    seen.set(replica, look)
    return `${paint(look, plain([version, replica].filter(Boolean).join(' ')))} ${plain(line)}`
  }
}
