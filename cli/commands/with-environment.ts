/** Finds the environment for a command that names none: the service's only one. */
import { z } from 'zod'
import { Problem } from '../../domain/problem.ts'
import { EnvironmentView } from '../../schema/service.ts'
import { verbOf } from '../../schema/verbs.ts'
import type { CliContext, Typed } from '../context.ts'
import { argument, flagText } from '../context.ts'
import { read } from '../api-answers.ts'
import { pathOf } from './request.ts'

const Environments = z.object({ environments: z.array(EnvironmentView.pick({ name: true })) })

/** The typed words with the environment as a flag. @throws Problem invalid-input when the service has several */
export async function withEnvironment(context: CliContext, typed: Typed): Promise<Typed> {
  if (flagText(typed, 'environment') !== undefined) return typed
  const environment = await onlyEnvironment(context, typed, 'add -e with one of')
  return { ...typed, flags: { ...typed.flags, environment } }
}

/** The same, with the environment as an argument. */
export async function withEnvironmentArgument(context: CliContext, typed: Typed): Promise<Typed> {
  if (typed.args.environment !== undefined) return typed
  const environment = await onlyEnvironment(context, typed, 'name one of')
  return { ...typed, args: { ...typed.args, environment } }
}

async function onlyEnvironment({ client, signal }: CliContext, typed: Typed, remedy: string): Promise<string> {
  const service = argument(typed, 'service')
  const { json } = await client.call({ method: 'GET', path: pathOf(verbOf('service', 'show').path, { service }), signal })
  const names = read(Environments, json).environments.map(({ name }) => name)
  const [environment] = names
  if (names.length !== 1 || environment === undefined)
    throw new Problem('invalid-input', `${service} has ${names.length} environments: which one?`, {
      hint: `${remedy} ${names.join(', ')}`,
    })
  return environment
}
