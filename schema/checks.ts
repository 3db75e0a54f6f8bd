/** Smoke tests and hooks as declared, and how they become the domain's. */
import { z } from 'zod'
import type { Hook as DomainHook, SmokeTest } from '../domain/plan/service.ts'
import { upTo } from './duration.ts'
import { Command as Words, RequestPath } from './text.ts'

const Command = Words.meta({ description: 'Program and arguments, run without a shell.' })

const within = upTo(3_600_000, '1h').prefault('2s').meta({ description: 'Longest time that the call may take.' })

export const Smoke = z.union([
  z.strictObject({
    path: RequestPath.meta({ description: 'Path that the smoke test requests of the new version directly.' }),
    status: z.int().min(200).max(599).default(200).meta({ description: 'Status that the version must answer.' }),
    within,
  }),
  z.strictObject({ command: Command, within }),
])

export const smokeOf = ({ within: withinMs, ...test }: z.output<typeof Smoke>): SmokeTest => ({ ...test, withinMs })

const paces = {
  timeout: upTo(86_400_000, '24h').prefault('30s').meta({ description: 'Longest time that the call may take.' }),
  required: z.boolean().default(true).meta({ description: 'true: a failure reverts the version.' }),
}

/** False for a text that is no address: the schema refuses that by itself. */
function hasCredentials(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username !== '' || password !== ''
}

const Hook = z.union([
  z.strictObject({
    http: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .refine(
        (text) => !hasCredentials(text),
        'an address with a user or password is refused, because everyone who may read a declaration would see it',
      )
      .meta({ description: 'Address that Holdfast POSTs to, without user and password.' }),
    ...paces,
  }),
  z.strictObject({ command: Command, ...paces }),
])

const moment = (description: string) => z.array(Hook).max(20).prefault([]).meta({ description })

export const Hooks = z.strictObject({
  before: moment('Called once the version is ready, before it gets traffic.'),
  afterStep: moment('Called after each good step.'),
  after: moment('Called after the watch, while the old version is still warm.'),
  afterRevert: moment('Called once traffic is back at the stable version; a failure is only recorded.'),
})

export const moments = Object.keys(Hooks.shape)

const hookOf = ({ timeout, ...hook }: z.output<typeof Hook>): DomainHook => ({ ...hook, timeoutMs: timeout })

export const hooksOf = ({ before, afterStep, after, afterRevert }: z.output<typeof Hooks>) => ({
  before: before.map(hookOf),
  afterStep: afterStep.map(hookOf),
  after: after.map(hookOf),
  afterRevert: afterRevert.map(hookOf),
})
