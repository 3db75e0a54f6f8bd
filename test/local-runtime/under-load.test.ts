import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import type { LoadReport } from '../../cli/traffic/load.ts'
import { openLoop } from '../../cli/traffic/load.ts'
import { fencingToken, ref, removeWhole } from '../adapters/stand.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const removals = 20
/** The weights of the newer version, in order. */
const shares = [10, 30, 50, 80, 100]
/** A POST must not be sent twice. */
const rps = { GET: 400, POST: 100 }
/** Answers after 50 ms, so that some are in flight at every change and removal; a SIGTERM ends it with all that it has not answered. */
const program = `require('node:http').createServer((request, response) => {
  request.resume()
  setTimeout(() => response.writeHead(200, { 'x-version': process.env.VERSION }).end('ok'), 50)
}).listen(process.env.PORT, process.env.HOST)`
/** Answers between two changes, which take about 100 ms. */
const answersPerChange = 50

/** Sends the users' requests, from now to `stop`. */
function startUsers(url: string) {
  const over = new AbortController()
  let answered = 0
  const loads = (['GET', 'POST'] as const).map((method) =>
    openLoop({
      ...{ url, method, rps: rps[method], forMs: Infinity, failsFrom: 400 },
      signal: over.signal,
      onAnswer: () => (answered += 1),
    }),
  )
  return {
    answered: () => answered,
    stop(): Promise<LoadReport[]> {
      over.abort()
      return Promise.all(loads)
    },
  }
}

async function runReady({ client }: TestRuntime, artifact: string, version: number, step: number) {
  const config = localTarget.config.parse({
    command: [process.execPath, '-e', program],
    env: { VERSION: String(version) },
    drain: '5s',
    grace: '1s',
  })
  const revision = `r-${version}`
  await client.run(ref, { revision, version: String(version), artifact, config }, 1, fencingToken(1, step))
  await until(`${revision} to be healthy`, async () => {
    const status = (await client.status(ref)).find((found) => found.revision === revision)
    return status?.readyReplicas === 1
  })
}

describe('the local runtime under 500 requests a second', function () {
  this.timeout(180_000)

  it('fails none of them in 100 weight changes and 20 removals of versions', async () => {
    await using runtime = await startRuntime()
    const { client } = runtime
    const { digest } = await client.importArtifact(demoService)
    const { url } = await client.open(ref, { timeoutMs: 15_000, sticky: 'none', edgesMs: [100, 500] }, fencingToken(1, 1))
    let step = 1
    await runReady(runtime, digest, 0, step)
    await client.setWeights(ref, { 'r-0': 100 }, fencingToken(1, (step += 1)), [])
    const users = startUsers(url)
    for (let version = 1; version <= removals; version += 1) {
      const [older, newer] = [`r-${version - 1}`, `r-${version}`]
      await runReady(runtime, digest, version, (step += 1))
      for (const share of shares) {
        const weights = { [older]: 100 - share, [newer]: share }
        expect((await client.setWeights(ref, weights, fencingToken(1, (step += 1)), [])).effective).to.deep.equal(weights)
        const before = users.answered()
        // The last one's answers are still in flight as the removal comes.
        if (share < 100) await until('more answers', () => users.answered() >= before + answersPerChange)
      }
      await removeWhole(client, older, fencingToken(1, (step += 1)))
    }
    const reports = await users.stop()

    expect(reports.flatMap(({ failed }) => failed.map(({ failure, version }) => `${version}: ${failure}`))).to.deep.equal([])
    expect((await client.traffic(ref)).generation, 'weight changes').to.equal(1 + 100)
    const ended = (await client.effects(ref)).filter(({ kind }) => kind === 'ended')
    expect(ended.map(({ revision }) => revision)).to.deep.equal(Array.from({ length: removals }, (_, at) => `r-${at}`))
    for (const { versions } of reports) expect(Object.keys(versions).length, 'versions that users met').to.equal(removals + 1)
    const perSecond = reports.reduce(
      (sum, { requests, startedAtMs, endedAtMs }) => sum + (requests * 1_000) / (endedAtMs - startedAtMs),
      0,
    )
    expect(perSecond, 'requests a second').to.be.greaterThan(450)
  })
})
