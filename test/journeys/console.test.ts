import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { buildConsole } from '../../ops/console-build.ts'
import { startBrowser } from '../console/browser.ts'
import { createRunFolder } from '../stack/run-folder.ts'
import { startService } from '../stack/service.ts'
import { testStack } from '../stack/stack.ts'
import { ofKind } from '../stack/events.ts'

const assets = join(import.meta.dirname, '../../console/dist/assets')

/** A link that opens the console once. */
async function mintLink(): Promise<string> {
  const { client } = await testStack()
  return ((await client.call({ method: 'POST', path: '/v1/console/links' })).json as { url: string }).url
}

describe('the console', function () {
  this.timeout(180_000)

  it('is at most 150 kB over the wire', async () => {
    await buildConsole()
    const bytes = readdirSync(assets).map((name) => gzipSync(readFileSync(join(assets, name))).length)
    expect(bytes.reduce((a, b) => a + b, 0)).to.be.below(150_000)
  })

  it('shows a release live, aborts it with a reason, and shows a refusal of the API', async function () {
    await using browser = await startBrowser(this)
    await using shop = await startService('c-console', { rps: 20 })
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    const page = await browser.open(await mintLink())
    await page.getByRole('link', { name: release.id }).first().click()
    await page.getByText('baking at 50 % of traffic').waitFor()
    await page.getByRole('img', { name: /^E is/ }).waitFor()
    const folder = await createRunFolder('console')
    await page.screenshot({ path: process.env['HOLDFAST_SCREENSHOT'] ?? join(folder, 'release.png'), fullPage: true })
    // The request was legal when the dialog opened, and no longer is when it is confirmed.
    const late = await page.context().newPage()
    await late.goto(page.url())
    await late.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Abort' }).click()
    await page.getByLabel('Reason').fill('seen enough')
    await page.getByRole('dialog').getByRole('button', { name: 'Abort' }).click()
    await page.getByText('aborted', { exact: true }).first().waitFor()
    await late.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
    await late.getByRole('dialog').getByRole('alert').waitFor()
    const asked = ofKind(await release.events(), 'requested')
    expect(asked.map(({ data }) => data.reason)).to.deep.equal(['seen enough'])
    expect(await page.getByRole('group', { name: 'Actions' }).count(), 'actions of an ended release').to.equal(0)
    expect(browser.complaints).to.deep.equal([])
  })

  it('opens by a link once, and tells a signed-out user how to get one', async function () {
    await using browser = await startBrowser(this)
    const page = await browser.open(await mintLink())
    await page.getByRole('heading', { name: 'Services', level: 1 }).waitFor()
    expect(page.url(), 'the code has left the address bar').to.not.contain('code=')
    const stranger = await browser.open(page.url())
    await stranger.getByRole('heading', { name: 'Sign in to Holdfast' }).waitFor()
    await stranger.getByText('holdfast console', { exact: true }).waitFor()
  })
})
