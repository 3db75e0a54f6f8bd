/** Leaves a test out, always with a reason. The run lists it, and in CI it counts as a failure. */
import type { Context, Suite, Test } from 'mocha'
import { isProblem } from '../domain/problem.ts'

const reasons = new WeakMap<Suite | Test, string>()

/** Leaves out this test, or, from a hook, every test of its suite. Does not return. `context` is mocha's `this`. */
export function leaveOut(context: Context, reason: string): never {
  const runnable = context.test
  const isTest = runnable !== undefined && 'type' in runnable && runnable.type === 'test'
  const owner = isTest ? (runnable as Test) : runnable?.parent
  if (owner) reasons.set(owner, reason)
  return context.skip()
}

/** What is opened, or the test is left out where a component that it needs cannot be had here. */
export const orLeaveOut = <Opened>(context: Context, opening: Promise<Opened>): Promise<Opened> =>
  opening.catch((error: unknown) => {
    if (isProblem(error, 'component-missing')) leaveOut(context, error.message)
    throw error
  })

/** Why a pending test did not run. */
export function reasonOf(test: Test): string {
  for (let owner: Suite | Test | undefined = test; owner; owner = owner.parent) {
    const reason = reasons.get(owner)
    if (reason) return reason
  }
  return 'no reason is given'
}
