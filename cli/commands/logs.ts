/** Prints the output of an environment's replicas. With `--follow` it continues until Ctrl-C; any other end is a failure. */
import type { z } from 'zod'
import { Problem } from '../../domain/problem.ts'
import { LogLine } from '../../schema/service.ts'
import type { Verb } from '../../schema/verb.ts'
import { ApiProblem } from '../api-problem.ts'
import type { Run, Typed } from '../context.ts'
import { argument, flagText, isJson } from '../context.ts'
import { openEvents } from '../event-stream.ts'
import { listOf, read } from '../api-answers.ts'
import type { Style, Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { writeJson } from './answers.ts'
import { withEnvironment } from './with-environment.ts'
import { callOf } from './request.ts'

const LogRow = LogLine.partial({ at: true, version: true })
type LogRow = z.infer<typeof LogRow>

export const showLogs =
  (verb: Verb): Run =>
  async (context, input) => {
    const { client, terminal, signal } = context
    const typed = await withEnvironment(context, input)
    const call = { ...callOf(verb, typed), signal }
    const lineOf = createLine(terminal, typed.flags.timestamps === true)
    if (typed.flags.follow !== true) {
      const answer = await client.call(call)
      if (isJson(typed)) return writeJson(terminal, answer)
      const { items } = read(listOf(LogRow), answer.json)
      if (items.length === 0) terminal.note(nothingText(typed))
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

/** Lines have no ids, so a new stream would miss lines or repeat them. The command ends instead, and the person decides. */
const brokenOff = (cause?: unknown): Problem =>
  new Problem('unreachable', 'the logs broke off: the API ended them, or the connection was cut', {
    hint: 'run the command again; it starts with the last lines',
    cause,
  })

function nothingText(typed: Typed): string {
  const of = (name: string, word: string) => (flagText(typed, name) === undefined ? '' : ` ${word} ${flagText(typed, name)}`)
  return `nothing has been printed in ${argument(typed, 'service')}${of('environment', 'in').replace(' in', '')}${of('version', 'by')}${of('since', 'since')}`
}

const styles: readonly Style[] = ['cyan', 'green', 'magenta', 'yellow', 'blue']

/** Prints each replica in a colour of its own, so that a person can tell lines apart. */
function createLine({ paint }: Terminal, withTime: boolean): (row: LogRow) => string {
  const seen = new Map<string, Style>()
  return ({ at, replica, version, line }) => {
    const style = seen.get(replica) ?? styles[seen.size % styles.length] ?? 'cyan'
    seen.set(replica, style)
    const time = withTime && at ? `${paint('dim', plain(at))} ` : ''
    return `${time}${paint(style, plain([version, shortReplica(replica)].filter(Boolean).join(' ')))} ${plain(line)}`
  }
}

/** Shows `<revision>-<slot>-<port>-<start>` as `#<slot>`. The version is printed before it, and each start has a colour of its own. */
export const shortReplica = (replica: string): string => {
  const [, slot] = /^.+-(\d+)-\d+-[a-z0-9]+$/.exec(replica) ?? []
  return slot === undefined ? replica : `#${slot}`
}
