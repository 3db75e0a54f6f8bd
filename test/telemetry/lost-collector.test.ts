import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { listening } from '../stack/listening.ts'
import { until } from '../stack/until.ts'
import { linesOf, openTracedShop } from './traced-shop.ts'

const unsent = 'traces cannot be sent; this delays nothing else'
const names = ['control', 'act', 'analysis'] as const

describe('a collector that does not accept traces', function () {
  this.timeout(120_000)

  it('delays no release: each process logs once that it is away, and ends in order', async () => {
    await using silent = await listening(() => {})
    await using traced = await openTracedShop({ api: 'http://127.0.0.1:1', workers: silent.url }, { watch: '5s' })
    const { shop, workers } = traced
    await shop.release('1.0.0')
    await traced.shows('state', 'succeeded')
    const logOf = (name: (typeof names)[number]) => readFileSync(join(workers.logs, `${name}.log`), 'utf8')
    await until('each to have said so', () => names.every((name) => logOf(name).includes(unsent)))
    const logs = names.map(logOf)
    await workers[Symbol.asyncDispose]()
    expect(await Promise.all(names.map((name) => workers.exited(name)))).to.deep.equal(names.map(() => 'exit code 0'))
    await shop.api.stop()
    expect(shop.api.output()).to.include('"msg":"stopped"')
    for (const log of [...logs, shop.api.output()]) {
      const unusual = linesOf(log).filter(({ level, msg }) => level > 30 && !/^No (activities|workflows) registered/.test(msg))
      expect(unusual.map(({ msg }) => msg)).to.deep.equal([unsent])
    }
  })
})
