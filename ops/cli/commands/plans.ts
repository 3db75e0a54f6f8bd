/** What a release would do, and why one is where it is: long answers, read rather than scanned. */
import { z } from 'zod'
import type { Verb } from '../../../schema/verbs.ts'
import type { Run } from '../context.ts'
import { read } from '../readings.ts'
import type { Terminal } from '../terminal.ts'
import { treeLines } from '../view/tree.ts'
import { artifactOf } from './releases.ts'
import { writeJson } from './answers.ts'
import { flagText, isJson } from '../context.ts'
import { shown } from './answers.ts'
import { callOf } from './request.ts'

const Answer = z.record(z.string(), z.unknown())

export const showPlan =
  (verb: Verb): Run =>
  async ({ client, terminal, cwd }, typed) => {
    const artifact = await artifactOf(flagText(typed, 'artifact'), cwd)
    const answer = await client.call(callOf(verb, typed, { artifact }))
    if (isJson(typed)) writeJson(terminal, answer)
    else for (const line of sections(read(Answer, answer.json), terminal.paint)) terminal.line(line)
  }

export const explainRelease = (verb: Verb): Run =>
  shown(verb, (json, { terminal }) => sections(read(Answer, json), terminal.paint))

/** Plain members first, then each part under its name. */
function sections(answer: Readonly<Record<string, unknown>>, paint: Terminal['paint']): string[] {
  const isPart = (value: unknown): boolean => typeof value === 'object' && value !== null
  const plainMembers = Object.fromEntries(Object.entries(answer).filter(([, value]) => !isPart(value)))
  const parts = Object.entries(answer).filter(([name, value]) => isPart(value) && name !== 'links')
  return [
    ...treeLines(plainMembers, paint),
    ...parts.flatMap(([name, value]) => ['', `  ${paint('bold', name)}`, ...treeLines(value, paint, '    ')]),
  ]
}
