import { Client, Connection } from '@temporalio/client'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Plan } from '../../schema/answers.ts'
import { putSecret } from '../stack/secrets.ts'
import { openShop } from '../stack/shop.ts'
import { testTemporal } from '../stack/temporal.ts'
import { until } from '../stack/until.ts'
import { startWorkers } from '../stack/workers.ts'

const target = (env: object) => ({ kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s', env })
const environment = (env: object) => ({
  target: target(env),
  strategy: { kind: 'blue-green', scaleDownDelay: '0s' },
  watch: '0s',
})

describe('a declaration that names a secret', function () {
  this.timeout(90_000)

  it('can name only an entry: no file, no path, no variable, no setting', async () => {
    await using shop = await openShop()
    for (const secret of ['../pepper', '/etc/passwd', 'a/b', 'DATABASE_URL', '.', '', 'a\0b', { file: 'x' }, 7]) {
      const answer = await shop.declare(environment({ TOKEN: { secret } }))
      expect(answer.status, JSON.stringify(secret)).to.equal(422)
      expect(answer.text).to.include('/environments/0/target/env/TOKEN')
    }
    for (const value of [{ file: '/etc/passwd' }, { secret: 'a', file: '/etc/passwd' }, { env: 'DATABASE_URL' }, null])
      expect((await shop.declare(environment({ TOKEN: value }))).status, JSON.stringify(value)).to.equal(422)
  })

  it('is released only when the operator opened the secret, and no plan, history, event, answer, row or log has its value', async () => {
    await using shop = await openShop()
    const { address } = await testTemporal()
    await using _workers = await startWorkers({
      DATABASE_URL: shop.api.databaseUrl,
      TEMPORAL_ADDRESS: address,
      HOLDFAST_RUNTIME_SOCKET: shop.runtime.socket,
    })
    const value = 'a-value-that-stands-nowhere'
    expect((await shop.declare(environment({ LABEL: { secret: 'label' } }))).status).to.be.below(300)
    const dryRun = async () => shop.api.ask('POST', `${shop.path}/releases?dryRun=true`, { body: { version: '1.0.0', artifact } })
    const refused = await shop.release('1.0.0')
    expect([refused.status, refused.member('code')]).to.deep.equal([422, 'secret-unavailable'])
    expect(refused.member('hint')).to.include('HOLDFAST_SECRETS')
    expect(await shop.api.db.query('select 1 from release'), 'nothing was started').to.deep.equal([])

    putSecret(shop.runtime, `${shop.name}/label`, value)
    expect((await shop.release('1.0.0')).status).to.equal(202)
    const show = () => shop.api.ask('GET', `/v1/releases/${shop.id(1)}`)
    await until('its end', async () => (await show()).member('outcome') === 'succeeded', 60_000)

    const [row] = await shop.api.db.query<{ artifact: string }>('select artifact from version')
    const artifact = { ref: row?.artifact }
    const plan = async () => Plan.parse((await dryRun()).json).environments[0]
    expect((await plan())?.summary).to.equal('nothing to do: this revision is stable already')
    putSecret(shop.runtime, `${shop.name}/label`, `${value}-2`)
    expect((await plan())?.summary, 'a changed value is another revision').to.not.include('nothing to do')

    const connection = await Connection.connect({ address })
    const temporal = new Client({ connection })
    const histories = [`release/${shop.name}/${shop.id(1)}`, `rollout/${shop.name}/production/${shop.id(1)}`].map((id) =>
      temporal.workflow.getHandle(id).fetchHistory(),
    )
    const history = JSON.stringify(await Promise.all(histories), (_, part: unknown) =>
      part instanceof Uint8Array ? Buffer.from(part).toString('latin1') : part,
    )
    await connection.close()
    const answers = [
      await show(),
      await shop.api.ask('GET', shop.path),
      await shop.api.ask('GET', `/v1/releases/${shop.id(1)}/explanation`),
      await shop.api.ask('GET', `/v1/releases/${shop.id(1)}/events`),
      await dryRun(),
    ]
    const rows = await shop.api.db.query<{ row: string }>(
      'select r::text as row from release r union all select t::text from turn t union all select t::text from rollout t',
    )
    const kept = [history, shop.api.output(), ...answers.map(({ text }) => text), ...rows.map((one) => one.row)]
    expect(kept.join('\n')).to.include('"label"')
    for (const text of kept) expect(text).to.not.include(value)
  })
})
