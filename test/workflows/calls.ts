/**
 * The attempts of one workflow's activities. Its fakes answer them, they are kept in the order of their begin, and a test awaits them by
 * name.
 */
import { ApplicationFailure, Context, activityInfo, heartbeat } from '@temporalio/activity'
import type { Call, Fakes, Input, Name } from './fakes.ts'

const beatMs = 50

export class Calls {
  readonly made: Call[] = []
  readonly notFaked: Name[] = []
  readonly #fakes: Fakes
  readonly #open = new Set<Call>()
  #waiting: { readonly isMet: () => boolean; readonly meet: () => void }[] = []

  constructor(fakes: Fakes) {
    this.#fakes = fakes
  }

  /** Runs one attempt, in the activity's own context. */
  async run<N extends Name>(name: N, input: Input<N>): Promise<unknown> {
    const fake = this.#fakes[name]
    const call = callNow(name, input, this.made.filter((one) => one.name === name).length + 1)
    this.made.push(call)
    this.#tell()
    if (!fake) {
      this.notFaked.push(name)
      throw ApplicationFailure.nonRetryable(`no test faked ${name}`, 'not-faked')
    }
    const beats = setInterval(heartbeat, beatMs)
    this.#open.add(call)
    try {
      return await fake(input, call)
    } finally {
      this.#open.delete(call)
      clearInterval(beats)
    }
  }

  /** @param nth from 1, over all attempts */
  async begun<N extends Name>(name: N, nth = 1): Promise<Call<N>> {
    const found = () => this.made.filter((call) => call.name === name)[nth - 1] as Call<N> | undefined
    if (!found())
      await new Promise<void>((meet) => {
        this.#waiting.push({ isMet: () => found() !== undefined, meet })
      })
    const call = found()
    if (!call) throw new Error(`${name} has not begun ${nth} times`)
    return call
  }

  /** Ends attempts that a test left in flight, because the worker could not shut down. */
  leave(): void {
    for (const call of this.#open) call.fail(ApplicationFailure.nonRetryable('the test is over', 'left'))
  }

  activities(): readonly Name[] {
    return this.made.filter(({ attempt }) => attempt === 1).map(({ name }) => name)
  }

  /** The kinds of the drafts that steps were given to write. A draft is given again until a step has written it. */
  eventKinds(): readonly string[] {
    const drafts = new Map(
      this.made.flatMap(({ input }) => ('drafts' in input ? input.drafts : [])).map(({ n, kind }) => [n, kind]),
    )
    return [...drafts].toSorted(([a], [b]) => a - b).map(([, kind]) => kind)
  }

  #tell(): void {
    const met = this.#waiting.filter(({ isMet }) => isMet())
    this.#waiting = this.#waiting.filter((one) => !met.includes(one))
    for (const { meet } of met) meet()
  }
}

function callNow<N extends Name>(name: N, input: Input<N>, nth: number): Call<N> {
  const { attempt, workflowExecution, heartbeatTimeoutMs, startToCloseTimeoutMs } = activityInfo()
  const answer = Promise.withResolvers<never>()
  // A fake that answers by itself does not wait for the test's answer.
  answer.promise.catch(() => {})
  const context = Context.current()
  const cancelled = context.cancelled.catch((error: unknown) => answer.reject(error))
  return {
    name,
    input,
    nth,
    attempt,
    runId: workflowExecution?.runId ?? '',
    heartbeatTimeoutMs,
    startToCloseTimeoutMs,
    cancelled,
    answer: (result) => answer.resolve(result as never),
    fail: (error) => answer.reject(error),
    answered: answer.promise,
  }
}
