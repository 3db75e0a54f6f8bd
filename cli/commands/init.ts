/** `holdfast init`: finds out the traffic, asks on a terminal, and prints the next commands. */
import { createInterface } from 'node:readline/promises'
import { z } from 'zod'
import { Problem } from '../../domain/problem.ts'
import { EnvironmentDetail, EnvironmentView } from '../../schema/service.ts'
import { verbOf } from '../../schema/verbs.ts'
import type { CliContext, Run, Typed } from '../context.ts'
import { flagText, Interrupted } from '../context.ts'
import { plain } from '../terminal.ts'
import { pathOf } from './request.ts'

/** Parses a number of requests a second. @throws Problem invalid-input */
export function requestsPerSecond(text: string): number {
  const rps = Number(text)
  if (text.trim() !== '' && Number.isFinite(rps) && rps > 0 && rps <= 1_000_000) return rps
  throw new Problem('invalid-input', `'${text}' is not a number of requests a second`, { hint: 'for example 20, or 0.5' })
}

export const initService: Run = async (context, typed) => {
  const { terminal, cwd } = context
  const { init } = await import('../init/init.ts')
  const { name, notes, warnings } = await init({
    folder: cwd,
    name: flagText(typed, 'name') ?? null,
    requestsPerSecond: (service) => trafficOf(context, typed, service),
    force: typed.flags.force === true,
  })
  terminal.line(`holdfast.yaml declares ${terminal.paint('bold', name)}:`)
  for (const note of notes) terminal.line(`  ${plain(note)}`)
  for (const warning of warnings) terminal.note(`${terminal.paintNote(['bold', 'yellow'], 'warning:')} ${plain(warning)}`)
  const next = ['holdfast service apply -f holdfast.yaml', `holdfast release start ${name} --version 1.0.0`]
  terminal.note(`${terminal.paintNote('dim', 'next:')} ${next.join('\n      ')}`)
}

/** The typed rate, else the rate that the API measured, else the person's answer; null when the rate is not known. */
async function trafficOf(context: CliContext, typed: Typed, service: string): Promise<number | null> {
  const typedRps = flagText(typed, 'rps')
  if (typedRps !== undefined) return requestsPerSecond(typedRps)
  return (await seenByApi(context, service)) ?? (await asked(context))
}

const Service = z.object({ environments: z.array(EnvironmentView.pick({ name: true })) })
const Environment = EnvironmentDetail.pick({ requestsPerSecond: true }).partial()

/** The rate of the environment with the most traffic. Null when the API is away or knows nothing: a declaration needs no API. */
async function seenByApi({ client }: CliContext, service: string): Promise<number | null> {
  const get = async (path: string) => (await client.call({ method: 'GET', path })).json
  try {
    const { environments } = Service.parse(await get(pathOf(verbOf('service', 'show').path, { service })))
    const paths = environments.map(({ name }) => pathOf(verbOf('environment', 'show').path, { service, environment: name }))
    const seen = (await Promise.all(paths.map(get))).map((one) => Environment.parse(one).requestsPerSecond ?? 0)
    return Math.max(0, ...seen) || null
  } catch {
    return null
  }
}

async function asked({ stdin, terminal, signal }: CliContext): Promise<number | null> {
  if (!terminal.live || !stdin.isTTY) return null
  const lines = createInterface({ input: stdin, output: process.stderr })
  try {
    const answer = await lines.question('About how many requests a second does it get? (Enter: not known) ', { signal })
    return answer.trim() === '' ? null : requestsPerSecond(answer)
  } catch (error) {
    // While the terminal is read, Ctrl-C arrives as a key and not as a signal.
    if (error instanceof Error && error.name === 'AbortError') throw new Interrupted()
    throw error
  } finally {
    lines.close()
  }
}
