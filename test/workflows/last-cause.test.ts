import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Behaviour } from '../stack/demo-artifact.ts'
import { quickCanary, quickService, startRig } from '../stack/rig.ts'
import { ofKind } from '../stack/events.ts'

interface Case {
  readonly name: string
  readonly what: string
  readonly behaviour?: Behaviour
  readonly command?: readonly string[]
  readonly deadlineMs: number
  readonly code: string
  readonly detail: RegExp
}

/** Longer than the test waits, so an earlier end did not wait for the deadline. */
const longMs = 10 * 60_000

const cases: readonly Case[] = [
  {
    name: 'no-command',
    what: 'a missing command, at once',
    command: ['./start'],
    deadlineMs: longMs,
    code: 'cannot-start',
    detail: /^0 of 2 ready: spawn .*start ENOENT$/,
  },
  {
    name: 'exits',
    what: 'exits before it listens, after three of them',
    behaviour: { mode: 'crash' },
    deadlineMs: longMs,
    code: 'cannot-start',
    detail: /^0 of 2 ready: exit code 1, [3-9] times before it listened$/,
  },
  {
    name: 'unhealthy',
    what: 'a health check that fails, at the deadline',
    behaviour: { mode: 'never-ready' },
    deadlineMs: 6_000,
    code: 'progress-deadline',
    detail: /^0 of 2 ready: health check answered 503$/,
  },
  {
    name: 'exits-later',
    what: 'exits after it listened, at the deadline',
    command: [
      process.execPath,
      '-e',
      "require('net').createServer(s => s.end(() => process.exit(3))).listen(+process.env.PORT, '127.0.0.1')",
    ],
    deadlineMs: 6_000,
    code: 'progress-deadline',
    detail: /^0 of 2 ready: (exit code 3|health check)/,
  },
]

describe('a version that does not become ready', function () {
  this.timeout(120_000)

  it('is reverted with the last cause, at once if it can never work, else at its deadline', async () => {
    await using rig = await startRig()
    await Promise.all(cases.map((one) => play(rig, one)))
  })
})

async function play(
  rig: Awaited<ReturnType<typeof startRig>>,
  { name, what, behaviour, command, deadlineMs, code, detail }: Case,
) {
  const service = quickService(name, { ...quickCanary, progressDeadlineMs: deadlineMs })
  const environments = service.environments.map((one) => ({
    ...one,
    target: { ...one.target, config: { ...one.target.config, ...(command ? { command } : {}) } },
  }))
  await rig.declare({ ...service, environments })
  const release = await rig.release(name, '1.0.0', behaviour)
  expect(await rig.outcome(release, 90_000), what).to.equal('rolled-back')
  const events = await rig.events(release)
  const [back] = ofKind(events, 'reverting')
  expect(back?.data.code, what).to.equal(code)
  expect(back?.data.detail, what).to.match(detail)
  const unready = { service: name, environment: 'production', version: '1.0.0' }
  expect(back?.data.unready, what).to.deep.equal(unready)
  expect(ofKind(events, 'release-ended')[0]?.data.reason, 'of the end').to.deep.include({
    code,
    detail: back?.data.detail,
    unready,
  })
}
