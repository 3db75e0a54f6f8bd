/** Replays open workflows with the new code before it starts, and refuses to start if one of them cannot continue. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../../domain/problem.ts'
import { run } from '../components/component.ts'
import type { OpenWorkflow, OpenWorkflows } from '../components/open-workflows.ts'
import { openWorkflows } from '../components/open-workflows.ts'
import type { Replaying, Unreplayable } from './replay.ts'
import { unreplayable } from './replay.ts'

/** The most workflows of one type and phase that are replayed. Thousands may be queued, all with the same few events. */
const mostOfAKind = 100
const mostNamed = 10

export interface OpenHistoriesOptions extends Omit<Replaying, 'histories'> {
  readonly temporalAddress: string
  /** Folder that records which bundle ran last. */
  readonly folder: string
  /** Ends the workflows that cannot be replayed, instead of refusing to start. */
  readonly terminate: boolean
  readonly say: (line: string) => void
}

/**
 * Does nothing if the same bundle ran last. Otherwise it replays open workflows and records the bundle.
 * @throws Problem histories-differ
 */
export async function refuseUnreplayable(options: OpenHistoriesOptions): Promise<void> {
  const { bundle, folder, temporalAddress } = options
  const file = join(folder, 'workflows.json')
  const digest = createHash('sha256').update(readFileSync(bundle)).digest('hex')
  const last = readLast(file)
  if (last?.digest === digest) return
  await using open = await openWorkflows(temporalAddress)
  const chosen = someOfEach(await open.list(), options)
  if (chosen.length > 0) {
    const differing = await unreplayable({ ...options, histories: historiesOf(open, chosen) })
    if (differing.length > 0 && !options.terminate) throw refusal(differing, chosen.length, last)
    await terminateAll(open, chosen, differing, options)
  }
  writeFileSync(file, JSON.stringify({ digest, commit: await commit() }))
}

interface Last {
  readonly digest: string
  /** Null when the sources are no Git checkout. */
  readonly commit: string | null
}

function readLast(file: string): Last | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Last
  } catch {
    return null
  }
}

const commit = (): Promise<string | null> =>
  run('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, timeout: 2_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  )

/** With `terminate` it takes all of them, because all that differ must be ended. */
function someOfEach(open: readonly OpenWorkflow[], { terminate, say }: OpenHistoriesOptions): readonly OpenWorkflow[] {
  const kinds = Object.entries(Object.groupBy(open, ({ kind }) => kind))
  const most = terminate ? Number.POSITIVE_INFINITY : mostOfAKind
  const chosen = kinds.flatMap(([, workflows = []]) => workflows.slice(0, most))
  if (chosen.length > 0) say(`the workflows have changed: replaying ${chosen.length} of ${open.length} that are open`)
  return chosen
}

async function* historiesOf(open: OpenWorkflows, workflows: readonly OpenWorkflow[]) {
  for (const workflow of workflows) {
    const history = await open.history(workflow)
    // Without a completed workflow task there is no decision yet, and a replay would wait for one.
    if (history.events?.some((event) => event.workflowTaskCompletedEventAttributes))
      yield { workflowId: workflow.workflowId, history }
  }
}

function refusal(differing: readonly Unreplayable[], replayed: number, last: Last | null): Problem {
  const earlier = last?.commit ? `the version that ran last (git checkout ${last.commit})` : 'the version that ran last'
  const named = differing.slice(0, mostNamed).map(({ workflowId, why }) => ({ pointer: workflowId, detail: why }))
  const more = differing.length - named.length
  return new Problem(
    'histories-differ',
    `this version cannot continue ${differing.length} of ${replayed} open workflows${more > 0 ? `, of which these are ${named.length}` : ''}`,
    {
      errors: named,
      hint:
        `start ${earlier} and let them end or abort them, or give them up: ` +
        `'npm start -- --terminate-unreplayable' terminates them, and rollbacks revert their traffic`,
    },
  )
}

async function terminateAll(
  open: OpenWorkflows,
  chosen: readonly OpenWorkflow[],
  differing: readonly Unreplayable[],
  { say }: OpenHistoriesOptions,
): Promise<void> {
  for (const { workflowId } of differing) {
    for (const workflow of chosen.filter((each) => each.workflowId === workflowId))
      await open.terminate(workflow, 'the started version cannot replay its history')
    say(`${workflowId} is terminated: its history cannot be replayed`)
  }
}
