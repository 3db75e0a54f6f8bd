import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Behaviour } from '../stack/demo-artifact.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import { run } from '../cli/recorded-api.ts'
import type { Shop, ShopOptions } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import { testStack } from '../stack/stack.ts'
import { until } from '../stack/until.ts'
import { travelTogether } from '../stack/together.ts'

/** The real command line on the real stack. */
async function holdfast(argv: readonly string[], more: Parameters<typeof run>[1] & object = {}) {
  const { stack, key } = await testStack()
  return run(argv, { ...more, env: { HOLDFAST_URL: stack.apiUrl, HOLDFAST_TOKEN: key, ...more.env } })
}

const start = (shop: Shop, behaviour: Behaviour, ...flags: readonly string[]) => [
  'release',
  'start',
  shop.name,
  '--version',
  '1.1.0',
  '--artifact',
  demoArtifact('1.1.0', behaviour),
  ...flags,
]

/** The shop's second release, which the command line starts. */
const secondOf = (shop: Shop): string => `${shop.name}-2`

async function phaseOf(shop: Shop, phase: string): Promise<void> {
  const { client } = await testStack()
  await until(
    `${secondOf(shop)} ${phase}`,
    async () => {
      const seen = await client.call({ method: 'GET', path: `/v1/releases/${secondOf(shop)}` }).catch(() => null)
      return (seen?.json as { phase?: string } | undefined)?.phase === phase
    },
    60_000,
  )
}

const slow: ShopOptions = {
  rps: 10,
  strategy: {
    kind: 'canary',
    steps: [{ weight: 50 }],
    bake: { min: '2m', max: '4m' },
    progressDeadline: '20s',
    scaleDownDelay: '0s',
  },
}
const idle: ShopOptions = { ...slow, rps: 0, strategy: { ...slow.strategy, bake: { min: '0s', max: '2s' } } }

interface Case {
  readonly what: string
  readonly options?: ShopOptions
  travel(shop: Shop): Promise<void>
}

const cases: Readonly<Record<string, Case>> = {
  'x-good': {
    what: '0 when the release was promoted and watched, and 4 for a pause after that',
    async travel(shop) {
      const done = await holdfast(start(shop, {}, '--wait'))
      expect(done.exit, done.err).to.equal(0)
      expect(await shop.weights()).to.deep.equal({ '1.1.0': 100 })
      const late = await holdfast(['release', 'pause', secondOf(shop)])
      expect(late.exit).to.equal(4)
      expect(late.err).to.contain('no request is legal now')
    },
  },
  'x-bad': {
    what: '1 when it was reverted, with how to find out why',
    async travel(shop) {
      const back = await holdfast(start(shop, { mode: 'errors', rate: 0.3 }, '--wait'))
      expect(back.exit, back.out).to.equal(1)
      expect(back.err).to.contain(`holdfast release explain ${secondOf(shop)}`)
      expect((await holdfast(['release', 'explain', secondOf(shop)])).out).to.contain('fail')
    },
  },
  'x-aborted': {
    what: '1 for a client that waits for the release, and 0 for a client that aborts it',
    options: slow,
    async travel(shop) {
      const waiting = holdfast(start(shop, {}, '--wait'))
      await phaseOf(shop, 'baking')
      const abort = await holdfast(['release', 'abort', secondOf(shop), '--reason', 'not now', '--wait'])
      expect(abort.exit, abort.err).to.equal(0)
      expect((await waiting).exit).to.equal(1)
    },
  },
  'x-slow': {
    what: '5 when the time to wait is over, and 130 on Ctrl-C, while the release continues',
    options: slow,
    async travel(shop) {
      const late = await holdfast(start(shop, {}, '--wait', '--timeout', '2s'))
      expect(late.exit, late.out).to.equal(5)
      await phaseOf(shop, 'baking')
      const onOut = (_: string, pid: number) => void process.kill(pid, 'SIGINT')
      const left = await holdfast(['release', 'watch', secondOf(shop)], { onOut })
      expect(left.exit, left.err).to.equal(130)
      await phaseOf(shop, 'baking')
    },
  },
  'x-held': {
    what: '7 when a person is needed, with --wait=settled, and by default in CI',
    options: idle,
    async travel(shop) {
      const settled = await holdfast(start(shop, {}, '--wait=settled'))
      expect(settled.exit, settled.out).to.equal(7)
      expect(settled.err).to.contain('a person to decide')
      const again = await holdfast(['release', 'extend', secondOf(shop), '--by', '1s'], { env: { CI: 'true' } })
      expect(again.exit, again.out).to.equal(7)
    },
  },
}

async function travel(name: string, { options, travel: through }: Case): Promise<void> {
  await using shop = await startService(name, options)
  await through(shop)
}

describe('the command line on the whole stack exits with', function () {
  this.timeout(240_000)
  const all = Object.entries(cases)
  const travelled = travelTogether(all, ([name, each]) => travel(name, each))

  for (const each of all) it(each[1].what, () => travelled(each))
})
