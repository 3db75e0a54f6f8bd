/** How the console shows the API's answers: colours by what was shown, names as links, each thing once, and without layout shifts. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Page } from 'playwright-core'
import { styleOf, reasonStyle } from '../../console/tone.ts'
import type { Reason } from '../../domain/rollout/reason.ts'
import { startBrowser } from './browser.ts'
import { startRecordedApi } from './recorded-api.ts'
import { baking, bringingBack, lineOf, recordings, releasePath, rollbackRecordings } from './recordings.ts'
import { failure, manyReleases, releaseEnded, releaseIn } from './standing.ts'

const listOf = (...items: readonly object[]) => ({ body: { items, nextCursor: null } })

/** The page's layout shift since it was loaded, without input (as Chromium measures it). */
const shifts = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { readonly value: number }).value
        })
        observer.observe({ type: 'layout-shift' })
        const seen = performance.getEntriesByType('resource').length
        const look = () =>
          performance.getEntriesByType('resource').length < seen + 6 ? requestAnimationFrame(look) : resolve(sum)
        look()
      }),
  )

describe('the console', function () {
  this.timeout(120_000)

  it('is red for what was shown to be bad, amber when nothing was shown, and neither for a requested end', () => {
    const stylesOf = (code: Reason['code']) => [styleOf('rolled-back', code), reasonStyle(code)]
    for (const code of ['inconclusive', 'both-bad', 'split-broken', 'blind', 'max-hold'] as const)
      expect(stylesOf(code), code).to.deep.equal(['warn', 'undecided'])
    for (const code of [
      'fail',
      'dead',
      'smoke-failed',
      'hook-failed',
      'progress-deadline',
      'cannot-start',
      'step-failed',
    ] as const)
      expect(stylesOf(code), code).to.deep.equal(['bad', ''])
    expect([styleOf('aborted', 'aborted'), reasonStyle('aborted')]).to.deep.equal(['calm', 'wanted'])
    expect(styleOf('needs-operator', 'revert-failed')).to.equal('bad')
  })

  it("uses the same colour in lists, on a release's page and on its steps", async function () {
    await using browser = await startBrowser(this)
    const doubted = releaseEnded('rolled-back', { code: 'inconclusive', detail: 'neither good nor bad was shown' })
    const failed = releaseEnded('rolled-back', { code: 'fail', detail: failure }, { id: 'checkout-6' })
    await using api = await startRecordedApi({
      ...recordings,
      'GET /v1/releases': listOf(doubted, failed),
      [`GET ${releasePath}`]: { body: doubted },
    })
    const page = await browser.open(`${api.url}/#/releases`)
    const colourOf = async (name: string) => {
      const badge = page.getByRole('row', { name }).locator('.badge')
      await badge.waitFor()
      return badge.evaluate((element) => getComputedStyle(element).color)
    }
    const [amber, red] = [await colourOf('checkout-7'), await colourOf('checkout-6')]
    expect(amber).to.not.equal(red)
    await page.getByRole('link', { name: 'checkout-7' }).click()
    await page.getByRole('heading', { name: /^checkout-7/ }).waitFor()
    expect(await page.locator('h1 .badge').evaluate((element) => getComputedStyle(element).color)).to.equal(amber)
    const step = page.getByRole('list', { name: 'Steps' }).getByText('stopped here').locator('xpath=..')
    expect(await step.evaluate((element) => getComputedStyle(element).borderTopColor)).to.equal(amber)
  })

  it('shows for each release of a list its phase, the weight of one in flight, and why another ended', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({
      ...recordings,
      'GET /v1/releases': listOf(releaseIn('baking'), ...manyReleases.slice(1, 4)),
    })
    for (const width of [390, 1_440]) {
      const page = await browser.open(`${api.url}/#/releases`, { width })
      const table = page.getByRole('region', { name: 'Releases' })
      const row = table.getByRole('row', { name: /checkout-7/ })
      await row.waitFor()
      expect((await row.innerText()).replaceAll(/\s+/g, ' '), `${width} px`).to.equal(
        'checkout-7 1.5.0 production progressing baking at 50 % ann 12 minutes ago',
      )
      const ended = await table.getByRole('row', { name: /checkout-298/ }).innerText()
      expect(ended).to.include('rolled back').and.include('inconclusive').and.not.include('%')
      const inside = await table.evaluate((element) => element.scrollWidth <= element.clientWidth)
      expect(inside, `no column is hidden at ${width} px`).to.equal(true)
      await page.close()
    }
  })

  it('shows rollbacks in the history of their service, with a link to each', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({
      ...recordings,
      ...rollbackRecordings,
      'GET /v1/services/checkout/history': listOf(lineOf(bringingBack), lineOf(baking)),
    })
    const page = await browser.open(`${api.url}/#/services/checkout`)
    const history = page.getByRole('region', { name: 'Releases and rollbacks' })
    await history.getByRole('row', { name: /back to 1\.3\.0 production watching/ }).waitFor()
    await history.getByRole('row', { name: /checkout-7 1\.5\.0 production/ }).waitFor()
    await history.getByRole('link', { name: bringingBack.id }).click()
    await page.getByRole('heading', { name: bringingBack.id }).waitFor()
  })

  it('links every release and rollback that a sentence names', async function () {
    await using browser = await startBrowser(this)
    const detail = 'checkout-6, the same version, was rolled back while this one waited'
    await using api = await startRecordedApi({
      ...recordings,
      [`GET ${releasePath}`]: {
        body: releaseIn('queued', {
          waitsFor: `${bringingBack.id}, which has the turn in checkout/production`,
          reason: { code: 'twin-reverted', detail },
        }),
      },
    })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    const href = (name: string) => page.getByRole('main').getByRole('link', { name }).getAttribute('href')
    expect(await href(bringingBack.id)).to.equal(`#/rollbacks/${encodeURIComponent(bringingBack.id)}`)
    expect(await href('checkout-6')).to.equal('#/releases/checkout-6')
  })

  it('shows a failure once, although its events have it too', async function () {
    await using browser = await startBrowser(this)
    const ended = releaseEnded('rolled-back', { code: 'fail', detail: failure })
    const actor = { kind: 'system', id: 'rollout' }
    const events = [
      { kind: 'verdict', data: { verdict: 'fail', detail: failure } },
      { kind: 'reverting', data: { code: 'fail', detail: failure } },
      { kind: 'release-ended', data: { outcome: 'rolled-back', reason: ended.reason } },
    ].map((event, i) => ({
      subjectKind: 'release',
      subject: baking.id,
      seq: i + 1,
      at: baking.createdAt,
      actor,
      where: null,
      ...event,
    }))
    await using api = await startRecordedApi({
      ...recordings,
      [`GET ${releasePath}`]: { body: ended },
      [`GET ${releasePath}/events`]: { body: events, isStream: true },
    })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByText('Release rolled back').waitFor()
    expect(await page.getByText(failure).count()).to.equal(1)
  })

  it('does not move when it is read again', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({ ...recordings, 'GET /v1/releases': listOf(releaseIn('held'), ...manyReleases) })
    for (const address of ['#/', '#/services/checkout', '#/releases', `#/releases/${baking.id}`]) {
      const page = await browser.open(`${api.url}/${address}`, { width: 390 })
      await page.getByText('1.5.0').first().waitFor()
      await page.waitForLoadState('networkidle')
      expect(await shifts(page), address).to.equal(0)
      await page.close()
    }
  })

  it('draws its charts once, however often it is read', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    const canvases = page.locator('.chart canvas')
    await canvases.nth(1).waitFor()
    for (const canvas of await canvases.all()) await canvas.evaluate((element) => element.setAttribute('data-seen', ''))
    const reads = () => api.asked.filter((url) => url === releasePath).length
    const before = reads()
    while (reads() < before + 3) await page.waitForResponse((answer) => answer.url().endsWith(releasePath))
    expect(await page.locator('.chart canvas:not([data-seen])').count(), 'charts drawn anew').to.equal(0)
    expect(await canvases.count()).to.equal(2)
  })

  it('shows a first version without a comparison: no stable version, no E, no empty chart', async function () {
    await using browser = await startBrowser(this)
    const key = `GET ${releasePath}/looks` as const
    const { items } = (recordings[key] ?? expect.fail('it is recorded')).body as {
      readonly items: readonly { readonly row: object }[]
    }
    const none = { bad: 0, total: 0 }
    const silent = { canary: none, stable: none, canaryRate: null, stableRate: null, logE: 0 }
    await using api = await startRecordedApi({
      ...recordings,
      [`GET ${releasePath}`]: { body: releaseIn('watching', { stable: null, moves: [], move: 0 }) },
      [key]: { body: { items: items.map((look) => ({ ...look, row: { ...look.row, ...silent } })), nextCursor: null } },
    })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('img', { name: /^The guardrail is .* of 667/ }).waitFor()
    await page.getByRole('row', { name: /1\.5\.0 first version/ }).waitFor()
    expect(await page.getByRole('img').count(), 'charts').to.equal(1)
    expect(await page.locator('.u-legend').innerText()).to.not.match(/stable|limit of E/)
  })

  it('shows logs from their end, with time and replica', async function () {
    await using browser = await startBrowser(this)
    const lines = Array.from({ length: 100 }, (_, i) => ({
      at: baking.createdAt,
      replica: `checkout-production-bbbb2222-${i % 2}-1-a1b2c3`,
      version: '1.5.0',
      line: `line ${i}`,
    }))
    const logs = '/v1/services/checkout/environments/production/logs'
    await using api = await startRecordedApi({ ...recordings, [`GET ${logs}`]: listOf(...lines) })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByText('What 1.5.0 prints').click()
    const printed = page.getByLabel('Last lines of 1.5.0', { exact: true })
    await printed.getByText(/#1\s+line 99/).waitFor()
    await page.waitForFunction(() => {
      const { scrollTop, scrollHeight, clientHeight } = document.querySelector('.logs pre') ?? document.body
      return scrollHeight > clientHeight && scrollHeight - scrollTop - clientHeight < 8
    })
  })
})
