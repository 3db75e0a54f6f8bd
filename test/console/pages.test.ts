import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Page } from 'playwright-core'
import { buildConsole } from '../../ops/console-build.ts'
import { startBrowser } from './browser.ts'
import { pictures } from './pictures.ts'
import { startRecordedApi } from './recorded-api.ts'
import { baking, bringingBack, recordings, releasePath, rollbackRecordings } from './recordings.ts'

const addresses = ['#/', '#/services/checkout', '#/releases/checkout-7'] as const

const hasWholePage = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)

describe('the pages of the console', function () {
  this.timeout(60_000)

  it('fit a telephone and a wide screen, in light and in dark, under a policy without anything inline', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const folder = await pictures()
    for (const [width, scheme] of [
      [360, 'light'],
      [1_440, 'dark'],
    ] as const) {
      for (const [index, address] of addresses.entries()) {
        const page = await browser.open(`${api.url}/${address}`, { width, scheme })
        await page.getByText('1.5.0').first().waitFor()
        if (index === 2) await page.getByRole('img', { name: /^E is/ }).waitFor()
        await page.screenshot({ path: join(folder, `page-${index}-${width}-${scheme}.png`), fullPage: true })
        expect(await hasWholePage(page), `${address} at ${width} px`).to.equal(true)
        await page.close()
      }
    }
    expect(browser.complaints).to.deep.equal([])
  })

  it('ask for a reason in a dialog that fits too', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(`${api.url}/#/releases/checkout-7`, { width: 360, scheme: 'dark' })
    await page.getByRole('button', { name: 'Extend' }).click()
    const box = await page.getByRole('dialog', { name: 'Extend' }).boundingBox()
    await page.screenshot({ path: join(await pictures(), 'dialog-360-dark.png') })
    expect(box && box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box)).to.equal(true)
  })

  it('show what is stable, the effective split of traffic, what is in flight and what waits', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(api.url)
    const card = page.getByRole('region', { name: 'checkout in production' })
    await card.getByText('40 %, desired 50 %').waitFor()
    expect(await card.getByRole('list', { name: 'Traffic' }).getByRole('listitem').count()).to.equal(2)
    expect(await card.getByRole('list', { name: 'In flight and waiting' }).getByRole('listitem').count()).to.equal(2)
    const [good, amiss] = await card.getByRole('list', { name: 'Replicas' }).getByRole('listitem').allInnerTexts()
    expect(good).to.equal('1.4.0: 2 of 2 ready')
    expect(amiss, 'how it ended is shown once').to.match(/^1\.5\.0: 0 of 1 ready, ended by itself 2 times \(exit code 1, .*\)$/)
    await page.getByRole('link', { name: 'checkout', exact: true }).click()
    await page.getByText('Owned by team-shop').waitFor()
    expect(await page.title()).to.equal('checkout · Holdfast')
  })

  it('describe a release in sentences: its steps, counts, evidence and events', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(`${api.url}/#/releases/checkout-7`)
    await page.getByText('Version 1.5.0 beside 1.4.0: baking at 50 % of traffic.').waitFor()
    await page.getByText('Waits for the analysis of this step.').waitFor()
    expect(await page.getByRole('list', { name: 'Steps' }).getByRole('listitem').allInnerTexts()).to.have.length(3)
    expect(await page.locator('[aria-current=step]').innerText()).to.match(/^50 %\s+now/)
    await page.getByRole('row', { name: '1.5.0 canary 3,120 41 1.31\u00a0%' }).waitFor()
    await page.getByText('8 looks did not count').waitFor()
    await page.getByText('1.5.0 gets 10 % of traffic').waitFor()
    await page.getByText('accepted as version 1.5.0 by ann').waitFor()
  })

  it('show a rollback, whose id has slashes, with its guardrail', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(rollbackRecordings)
    const page = await browser.open(`${api.url}/#/rollbacks/${encodeURIComponent(bringingBack.id)}`)
    await page.getByRole('heading', { name: bringingBack.id }).waitFor()
    await page.getByRole('heading', { name: 'Evidence against 1.3.0' }).waitFor()
    await page.getByRole('img', { name: /^The guardrail is .* of 667/ }).waitFor()
    await page.getByText(/^guardrail .* of 667/).waitFor()
    await page.screenshot({ path: join(await pictures(), 'rollback.png'), fullPage: true })
    expect(await page.getByRole('alert').count(), 'problems').to.equal(0)
  })

  it('say what a pass still needs during a bake, and where the evidence is weaker than it looks', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    const measured = page.getByRole('region', { name: 'Requests and errors' })
    await measured.getByText('errors: at most 2.1 %, needs 1 %: about 90 s to go').waitFor()
    await measured.getByText('alpha is not held').waitFor()
    await measured.getByText('Replicas of 1.5.0: ended by itself 2 times (exit code 1, 2 times in 20 s)').waitFor()
    await measured.getByText('out of luck').waitFor()
    expect(await measured.getByText('Replicas of 1.4.0').count(), 'nothing to say of it').to.equal(0)
    await page.screenshot({ path: join(await pictures(), 'near-a-pass.png'), fullPage: true })
  })

  it('keep no room for actions when there are none', async function () {
    await using browser = await startBrowser(this)
    const ended = { ...baking, state: 'succeeded', phase: null, outcome: 'succeeded', waitsFor: null, legalRequests: [] }
    await using api = await startRecordedApi({ ...recordings, [`GET ${releasePath}`]: { body: ended } })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('heading', { name: 'Requests and errors' }).waitFor()
    expect(await page.getByText('to go').count(), 'no pass is waited for any more').to.equal(0)
    await page.screenshot({ path: join(await pictures(), 'ended.png'), fullPage: true })
    expect(await page.getByRole('group', { name: 'Actions' }).count()).to.equal(0)
    const message = await page.locator('.message').boundingBox()
    expect(message?.height).to.equal(0)
  })

  it('show no step as done when there was nothing to do', async function () {
    await using browser = await startBrowser(this)
    const reason = { code: 'nothing-to-do', detail: '1.5.0 is stable already' }
    const ended = { ...baking, state: 'succeeded', phase: null, outcome: 'succeeded', reason, waitsFor: null, legalRequests: [] }
    await using api = await startRecordedApi({ ...recordings, [`GET ${releasePath}`]: { body: ended } })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    const steps = page.getByRole('list', { name: 'Steps' })
    await steps.getByText('100 %').waitFor()
    expect(await steps.textContent()).to.not.include('done')
  })

  it('draw no focus frame round a page after a link, although it has the focus', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(api.url)
    await page.getByRole('link', { name: baking.id }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: baking.id }).waitFor()
    const main = page.getByRole('main')
    await page.waitForFunction(() => document.activeElement?.tagName === 'MAIN')
    expect(await main.evaluate((element) => getComputedStyle(element).outlineStyle)).to.equal('none')
  })

  it('show the last value of each line in the legend, and no colon without a value', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    const legend = page.locator('.chart').nth(1).locator('.u-series')
    await legend.filter({ hasText: 'limit of E' }).getByText('125').waitFor()
    const shown = await legend.evaluateAll((rows) =>
      rows.map((row) => [row.textContent, getComputedStyle(row.querySelector('th') ?? row, '::after').content] as const),
    )
    expect(shown.length).to.equal(6)
    for (const [text, after] of shown) expect(after, text ?? '').to.equal(text === 'did not count' ? 'none' : '":"')
  })

  it('draw a single look as a point, because one value makes no line', async function () {
    await using browser = await startBrowser(this)
    const key = `GET ${releasePath}/looks` as const
    const { items } = (recordings[key] ?? expect.fail('it is recorded')).body as {
      readonly items: readonly { readonly row: object }[]
    }
    // A look that does not count has no rate.
    const silent = items.slice(0, 8).map((look) => ({ ...look, row: { ...look.row, canaryRate: null, stableRate: null } }))
    const inkOf = async (looks: readonly object[]) => {
      await using api = await startRecordedApi({ ...recordings, [key]: { body: { items: looks, nextCursor: null } } })
      const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
      await page.getByRole('img', { name: /^E is/ }).waitFor()
      const canvas = page.getByRole('img', { name: /^Error rates/ }).locator('canvas')
      if ((await canvas.count()) === 0) return null
      return await canvas.evaluate((node) => {
        const { width, height } = node as HTMLCanvasElement
        const { data } = (node as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height) ?? { data: [] }
        let ink = 0
        // Only the canary's line is blue; axes, grid and text are grey.
        for (let at = 0; at < data.length; at += 4)
          if ((data[at + 2] ?? 0) - (data[at] ?? 0) > 60 && (data[at + 3] ?? 0) > 100) ink += 1
        return ink
      })
    }
    expect(await inkOf([...silent, ...items.slice(8, 9)]), 'one look that counted').to.be.above(5)
    expect(await inkOf(silent), 'none that counted: no chart').to.equal(null)
  })

  it('weigh at most 150 kB, compressed as they are sent', async () => {
    await buildConsole()
    const assets = join(import.meta.dirname, '../../console/dist/assets')
    const files = readdirSync(assets).map((name) => gzipSync(readFileSync(join(assets, name))).length)
    const bytes = files.reduce((sum, size) => sum + size, 0)
    expect(bytes).to.be.within(20_000, 150_000)
  })

  it('show the whole focus frame, also in tables that scroll', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    for (const width of [360, 1_440]) {
      const page = await browser.open(api.url, { width })
      const link = page.getByRole('link', { name: baking.id })
      await link.waitFor()
      // Use the keyboard from the scrolling region: only the keyboard shows a frame.
      await page.getByRole('region', { name: 'Latest releases' }).focus()
      await page.keyboard.press('Tab')
      const frame = await link.evaluate((element) => {
        const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(element)
        const wide = Number.parseFloat(outlineWidth) + Number.parseFloat(outlineOffset)
        const box = element.getBoundingClientRect()
        const clip = element.closest('.scroll')?.getBoundingClientRect()
        return { outlineStyle, room: clip ? [box.left - wide - clip.left, box.top - wide - clip.top] : [] }
      })
      await page.screenshot({ path: join(await pictures(), `focus-${width}.png`) })
      expect(frame.outlineStyle).to.equal('solid')
      for (const room of frame.room) expect(room).to.be.at.least(0)
      await page.close()
    }
  })
})
