/** Prints each event of every release and rollback of every service as one line, as it happens. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { Release } from '../../schema/release.ts'
import { EnvironmentView } from '../../schema/service.ts'
import type { Client } from '../../cli/client.ts'
import { followEvents } from '../../cli/event-stream.ts'
import { EventAnswer, ReleaseAnswer, listOf, read } from '../../cli/api-answers.ts'
import type { Terminal } from '../../cli/terminal.ts'
import { plain } from '../../cli/terminal.ts'
import { eventLine } from '../../cli/view/event-line.ts'

export interface TellOptions {
  readonly client: Client
  readonly terminal: Terminal
  readonly signal: AbortSignal
  /** Epoch. Earlier events are not printed. */
  readonly sinceMs: number
}

/** A release or a rollback. */
interface Subject {
  readonly id: string
  readonly path: string
  readonly heading: string
  readonly note: string | null
}

const Releases = listOf(ReleaseAnswer)
const Queued = EnvironmentView.shape.queue.element.pick({ id: true, version: true }).extend({ kind: z.string() })
const Environments = z.array(EnvironmentView.pick({ service: true, name: true }).extend({ queue: z.array(Queued) }))
const Services = listOf(z.object({ environments: Environments }))

/** Each round costs two lines in the API's log. */
const lookEveryMs = 2_000

/** Runs until `signal`, also while the API is away. */
export async function tell(options: TellOptions): Promise<void> {
  const { signal } = options
  const say = createSpeaker(options.terminal)
  const known = new Set<string>()
  const followed: Promise<void>[] = []
  while (!signal.aborted) {
    try {
      for (const subject of await subjects(options)) {
        if (known.has(subject.id)) continue
        known.add(subject.id)
        followed.push(follow(options, subject, say))
      }
    } catch {
      // The API is away. The next round prints what was missed.
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => {})
  }
  await Promise.all(followed)
}

/** The newest releases, without those that ended before `sinceMs`, and the rollbacks that have a turn or wait for one. */
async function subjects({ client, sinceMs }: TellOptions): Promise<Subject[]> {
  const [releases, services] = await Promise.all([
    client.call({ method: 'GET', path: '/v1/releases', query: { limit: 50 } }),
    client.call({ method: 'GET', path: '/v1/services', query: { limit: 100 } }),
  ])
  const listed = read(Releases, releases.json).items.filter(({ endedAt }) => !endedAt || Date.parse(endedAt) >= sinceMs)
  return [
    ...listed.toReversed().map(({ id, service, version, note }) => ({
      id,
      path: `/v1/releases/${encodeURIComponent(id)}`,
      heading: `${service} ${version}`,
      note: note ?? null,
    })),
    ...read(Services, services.json).items.flatMap(({ environments }) => environments.flatMap(rollbacksOf)),
  ]
}

const rollbacksOf = ({ service, name, queue }: z.infer<typeof Environments>[number]): Subject[] =>
  queue
    .filter(({ kind }) => kind === 'rollback')
    .map(({ id, version }) => ({
      id,
      path: `/v1/rollbacks/${encodeURIComponent(id)}`,
      heading: `${service} back to ${version}`,
      note: `in ${name}`,
    }))

type Say = (subject: Subject, line: string) => void

/** Prints a heading whenever the subject changes, because several may be in progress at once. */
function createSpeaker({ line: write, paint }: Terminal): Say {
  let last: string | null = null
  return ({ id, heading, note }, line) => {
    if (last !== id) write(`\n${paint('bold', plain(heading))}${note ? `  ${plain(note)}` : ''}`)
    last = id
    write(`  ${line}`)
  }
}

async function follow({ client, terminal, signal, sinceMs }: TellOptions, subject: Subject, say: Say): Promise<void> {
  const { path } = subject
  const isOver = async () =>
    read(Release.pick({ endedAt: true }), (await client.call({ method: 'GET', path })).json).endedAt != null
  try {
    for await (const { data } of followEvents(client, { path: `${path}/events`, signal, isOver })) {
      const event = read(EventAnswer, JSON.parse(data))
      if (Date.parse(event.at) >= sinceMs) say(subject, eventLine(event, terminal.paint))
    }
  } catch {
    // The stack ends, or the service was removed.
  }
}
