/** A verdict of every kind, from the analysis and its rows to the API's answer, the command line and the console. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { verdictKinds } from '../../domain/rollout/reason.ts'
import { buildConsole } from '../../ops/console-build.ts'
import { Explanation, Looks } from '../../schema/answers.ts'
import { EventList } from '../../schema/events.ts'
import { Evidence, KeptStatus } from '../../schema/evidence.ts'
import { Release } from '../../schema/release.ts'
import { run } from '../cli/recorded-api.ts'
import { startBrowser } from '../console/browser.ts'
import type { SaidInLife } from '../domain/analysis/every-verdict.ts'
import { saidInLife } from '../domain/analysis/every-verdict.ts'
import { startApi } from '../stack/api.ts'
import { ofKind } from '../stack/events.ts'
import { speakerIn } from '../stack/said-verdicts.ts'

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('a verdict of every kind', function () {
  this.timeout(180_000)

  it('passes its schema, which misses nothing, and survives JSON', () => {
    for (const kind of verdictKinds) {
      const { verdict, status, rows } = saidInLife(kind)
      expect(Evidence.strict().parse(asJson(verdict.evidence)), kind).to.deep.equal(verdict.evidence)
      expect(KeptStatus.strict().parse(asJson(status)), kind).to.deep.equal(status)
      expect(asJson(rows), kind).to.deep.equal(rows)
    }
  })

  it('is answered by the API unchanged, with its evidence, status and looks', async () => {
    await using api = await startApi()
    const { id, say } = await speakerIn(api.db)
    const path = `/v1/releases/${id}`
    const told: SaidInLife[] = []
    for (const kind of verdictKinds) {
      const said = await say(kind)
      told.push(said)
      const release = Release.parse((await api.ask('GET', path)).json)
      // On a slow machine the last look may be 15 s old.
      const standing = release.analysis?.standing === 'unguarded' ? 'unguarded' : said.status.standing
      expect(release.analysis, kind).to.deep.equal({ ...said.status, standing })
      const explained = Explanation.parse((await api.ask('GET', `${path}/explanation`)).json).verdicts.at(-1)
      expect([explained?.verdict, explained?.detail, explained?.evidence]).to.deep.equal([
        kind,
        said.verdict.detail,
        said.verdict.evidence,
      ])
    }
    const looks = Looks.parse((await api.ask('GET', `${path}/looks?limit=2000`)).json)
    expect(looks.items.map(({ row }) => row)).to.deep.equal(told.flatMap(({ rows }) => rows))
    const events = ofKind(EventList.parse((await api.ask('GET', `${path}/events`)).json).items, 'verdict')
    expect(events.map(({ data }) => [data.verdict, data.detail])).to.deep.equal(
      told.map(({ verdict }) => [verdict.kind, verdict.detail]),
    )
  })

  it('is explained by the command line with all its evidence', async () => {
    await using api = await startApi()
    const { id, say } = await speakerIn(api.db)
    const env = { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: api.key }
    for (const kind of verdictKinds) {
      const { verdict, status } = await say(kind)
      const shown = await run(['release', 'show', id], { env })
      expect(shown.exit, shown.err).to.equal(0)
      const counted = status.canary.total.toLocaleString('en-US')
      expect(shown.out, `${kind}: requests of the new version`).to.match(new RegExp(`new 1\\.1\\.0 .* ${counted} `))
      // The command line wraps lines.
      expect(shown.out.replaceAll(/\s+/g, ' '), kind).to.include(`verdict ${kind}: ${verdict.detail}`)
    }
    const { out, exit } = await run(['release', 'explain', id], { env })
    expect(exit).to.equal(0)
    for (const kind of verdictKinds) {
      const { verdict } = saidInLife(kind)
      const [, part = ''] = out.split(` ${kind} in production, at look ${verdict.evidence.look.toLocaleString('en-US')}\n`)
      const lines = part.split('\n\n')[0] ?? ''
      expect(lines, kind)
        .to.include(verdict.detail)
        .and.match(/E \S+ of \S+; guardrail/)
      for (const { id: metric } of verdict.evidence.channels) expect(lines, kind).to.include(`${metric}: canary `)
      for (const line of verdict.evidence.replicas?.canary?.lines ?? []) expect(lines, kind).to.include(line)
    }
  })

  it('is shown by the console with its sentence, counts and looks', async function () {
    await buildConsole()
    await using browser = await startBrowser(this)
    await using api = await startApi()
    const { id, say } = await speakerIn(api.db)
    const page = await browser.open((await api.ask('POST', '/v1/console/links')).member('url'))
    // The page exchanges the link's code before it shows anything. To leave it earlier would lose the session.
    await page.getByRole('link', { name: 'Releases' }).first().waitFor()
    for (const kind of verdictKinds) {
      const { verdict, status } = await say(kind)
      await page.goto('about:blank')
      await page.goto(`${api.url}/#/releases/${id}`)
      await page.getByText(`verdict ${kind}`).first().waitFor()
      const requests = page.getByRole('row').filter({ hasText: '1.1.0' }).getByRole('cell').first()
      expect(await requests.textContent(), kind).to.equal(status.canary.total.toLocaleString('en-US'))
      expect(await page.getByText(verdict.detail).count(), kind).to.be.at.least(1)
      await page.getByRole('heading', { name: /^Evidence against/ }).waitFor()
      for (const line of verdict.evidence.replicas?.canary?.lines ?? []) await page.getByText(line).first().waitFor()
    }
    expect(browser.complaints).to.deep.equal([])
  })
})
