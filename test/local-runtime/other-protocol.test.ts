import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { scrapeMetrics } from '../../adapters/metrics/scrape.ts'
import { createRuntimeClient } from '../../adapters/local-runtime/client.ts'
import type { RuntimeClient } from '../../adapters/local-runtime/client.ts'
import { localTarget } from '../../adapters/target/local.ts'
import { isProblem } from '../../domain/problem.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import { otherVersions, startOtherRuntime } from '../stack/other-runtime.ts'

const router = { timeoutMs: 1_000, sticky: 'none', edgesMs: [] } as const
const token = fencingToken(1, 1)
const config = localTarget.config.parse({ command: ['node', 'server.mjs'] })
const digest = `sha256:${'0'.repeat(64)}`

/** A good call of each method. `anyInfo` is for every version, and `close` ends the client. */
const calls: Record<Exclude<keyof RuntimeClient, 'anyInfo' | 'close'>, (client: RuntimeClient) => Promise<unknown>> = {
  open: (client) => client.open(ref, router, token),
  run: (client) => client.run(ref, { revision: 'r-1', version: '1', artifact: digest, config }, 1, token),
  remove: (client) => client.remove(ref, 'r-1', token),
  closeEnvironment: (client) => client.closeEnvironment(ref, token),
  setWeights: (client) => client.setWeights(ref, { 'r-1': 100 }, token, []),
  traffic: (client) => client.traffic(ref),
  ports: (client) => client.ports(),
  status: (client) => client.status(ref),
  smoke: (client) => client.smoke(ref, 'r-1', { path: '/', status: 200, withinMs: 1_000 }),
  secretDigests: (client) => client.secretDigests(ref, []),
  importArtifact: (client) => client.importArtifact(import.meta.dirname),
  digestArtifact: (client) => client.digestArtifact(import.meta.dirname),
  inspectArtifact: (client) => client.inspectArtifact(import.meta.dirname),
  lendCopy: (client) => client.lendCopy(ref, digest, 1_000),
  returnCopy: (client) => client.returnCopy('copy'),
  pruneArtifacts: (client) => client.pruneArtifacts({ keep: [], ageMs: 0, spaceBytes: 0 }),
  hasArtifact: (client) => client.hasArtifact(digest),
  history: (client) => client.history(ref, 'r-1', 0, []),
  effects: (client) => client.effects(ref),
  info: (client) => client.info(),
  logs: (client) => client.logs(ref),
}

/** Which side is lower, and what is started again first: never the runtime, because its services end with it. */
const told: Record<keyof typeof otherVersions, readonly [lower: RegExp, remedy: RegExp]> = {
  'of the next protocol': [
    /speaks protocol \d+, and this process protocol \d+, so the process is of an older version/,
    /^start this process .* again from the version that the runtime runs, which ends no service$/,
  ],
  'from before there was a number': [
    /speaks protocol 0, and this process protocol \d+, so the runtime is of an older version/,
    /^start this process .* again from the version that the runtime runs, which ends no service; .* let what is in flight end, then end the runtime/,
  ],
}

describe('a runtime of another version', function () {
  this.timeout(60_000)

  for (const version of Object.keys(otherVersions) as (keyof typeof otherVersions)[])
    it(`${version} carries out no call, and the refusal says what to do`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'hf-other-'))
      await using resources = new AsyncDisposableStack()
      resources.defer(() => rmSync(folder, { recursive: true, force: true }))
      const socket = join(folder, 's')
      resources.use(await startOtherRuntime(version, { folder, socket }))
      const client = createRuntimeClient(socket)
      resources.defer(() => client.close())
      const [lower, remedy] = told[version]
      for (const [method, call] of Object.entries(calls)) {
        const refused = await call(client).catch((error: unknown) => error)
        expect(isProblem(refused, 'target-unavailable') && refused.message, method).to.match(lower)
        expect(refused, method).to.have.property('hint').that.matches(remedy)
      }
      expect(existsSync(join(folder, 'runtime/state.json')), 'no change was saved').to.equal(false)
      expect(readdirSync(join(folder, 'runtime/artifacts'))).to.deep.equal([])
      const metrics = scrapeMetrics.create({ runtimeSocket: socket }, {})
      expect(
        await outcomeOf(metrics.read({ ref, edgesMs: [], versions: {}, queries: [], needed: { matches: [], edgesMs: [] } })),
      ).to.equal('metrics-unavailable')
    })
})
