/** What the replicas of an environment print. Followed, it goes on until Ctrl-C. */
import { z } from 'zod'
import type { Verb } from '../../../schema/verb.ts'
import type { Run, Typed } from '../context.ts'
import { argument, isJson } from '../context.ts'
import { readServerEvents } from '../event-stream.ts'
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
    const response = await client.open({ ...call, headers: { accept: 'text/event-stream' } })
    if (!response.body) return
    for await (const { data } of readServerEvents(response.body))
      terminal.line(isJson(typed) ? data : lineOf(read(LogRow, JSON.parse(data))))
  }

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
