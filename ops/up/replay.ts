/** Replays histories with a built bundle, to see whether the code takes the recorded decisions. */
import type { ReplayWorkerOptions, Worker } from '@temporalio/worker'

export interface Unreplayable {
  readonly workflowId: string
  /** Temporal's message on the first difference. */
  readonly why: string
}

export interface Replaying {
  /** Path of the built workflows. */
  readonly bundle: string
  readonly histories: Parameters<typeof Worker.runReplayHistories>[1]
  readonly dataConverter?: ReplayWorkerOptions['dataConverter']
}

/** The workflows of `histories` that the bundle cannot replay. A process can run one replay at a time. */
export async function unreplayable({ bundle, histories, dataConverter }: Replaying): Promise<readonly Unreplayable[]> {
  // Loaded here, because most starts replay nothing.
  const { DefaultLogger, Runtime, Worker } = await import('@temporalio/worker')
  // Quiet, because the caller reports errors. No shutdown signals, because the starter handles them.
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

/** Temporal's core prints its whole failure, with the readable message in the middle. */
function firstMessage(printed: string): string {
  const details = printed.replace(/^.*?Details: /s, '')
  const [, message] = /message: ("(?:[^"\\]|\\.)*")/.exec(details) ?? []
  try {
    return message ? String(JSON.parse(message)) : details
  } catch {
    return details
  }
}
