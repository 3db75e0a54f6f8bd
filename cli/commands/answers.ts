/** Commands that print one answer: the API's own JSON with `--json`, else lines for people. */
import type { Verb } from '../../schema/verb.ts'
import type { Answer } from '../client.ts'
import type { CliContext, Run, Typed } from '../context.ts'
import { isJson } from '../context.ts'
import type { Terminal } from '../terminal.ts'
import { callOf } from './request.ts'

/** Writes the API's own bytes, and a line break at the end. */
export const writeJson = (terminal: Terminal, { text }: Pick<Answer, 'text'>): void =>
  terminal.write(text.endsWith('\n') || text === '' ? text : `${text}\n`)

/** A command that calls its verb and prints the answer. */
export const shown =
  (verb: Verb, lines: (json: unknown, context: CliContext, typed: Typed) => readonly string[]): Run =>
  async (context, typed) => {
    const answer = await context.client.call({ ...callOf(verb, typed), signal: context.signal })
    if (isJson(typed)) writeJson(context.terminal, answer)
    else for (const line of lines(answer.json, context, typed)) context.terminal.line(line)
  }
