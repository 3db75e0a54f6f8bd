/** Replays histories with a built bundle: whether new code takes the decisions that are already written. */
import type { ReplayWorkerOptions, Worker } from '@temporalio/worker'

export interface Unreplayable {
  readonly workflowId: string
  /** What Temporal says of the first difference. */
  readonly why: string
}

export interface Replaying {
  /** Path of the built workflows. */
  readonly bundle: string
  readonly histories: Parameters<typeof Worker.runReplayHistories>[1]
  readonly dataConverter?: ReplayWorkerOptions['dataConverter']
}

/** Those of `histories` that the bundle cannot follow, one after the other. One replay at a time in a process. */
export async function unreplayable({ bundle, histories, dataConverter }: Replaying): Promise<readonly Unreplayable[]> {
  // Only a start that has something to replay loads what replays.
  const { DefaultLogger, Runtime, Worker } = await import('@temporalio/worker')
  // Quiet, for it says itself what is wrong; and a signal is the starter's to handle.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => {}),
    telemetryOptions: { logging: { filter: 'off', forward: {} } },
    shutdownSignals: [],
  })
  const found: Unreplayable[] = []
  const options = { workflowBundle: { codePath: bundle }, ...(dataConverter ? { dataConverter } : {}) }
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
    if (error) found.push({ workflowId, why: firstMessage(error.message) })
  }
  return found
}

/** Temporal's core prints its failure whole, with what everyone should read in the middle of it. */
function firstMessage(printed: string): string {
  const details = printed.replace(/^.*?Details: /s, '')
  const [, message] = /message: ("(?:[^"\\]|\\.)*")/.exec(details) ?? []
  try {
    return message ? String(JSON.parse(message)) : details
  } catch {
    return details
  }
}
