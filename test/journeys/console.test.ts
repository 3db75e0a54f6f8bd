import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { buildConsole } from '../../ops/console-build.ts'
import { leaveOut } from '../left-out.ts'
import { createRunFolder } from '../stack/run-folder.ts'
import { startService } from '../stack/service.ts'
import { testStack } from '../stack/stack.ts'
import { isExecutable } from '../../ops/components/component.ts'

const chromiumPath = '/usr/bin/chromium'
const assets = join(import.meta.dirname, '../../console/dist/assets')

async function openConsole(): Promise<{ browser: Browser; page: Page }> {
  const { client } = await testStack()
  const { url } = (await client.call({ method: 'POST', path: '/v1/console/links' })).json as { url: string }
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  const browser = await chromium.launch({ executablePath: chromiumPath, args })
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  await page.goto(url)
  return { browser, page }
}

describe('the console', function () {
  this.timeout(180_000)

  it('is at most 150 kB over the wire', async () => {
    await buildConsole()
    const bytes = readdirSync(assets).map((name) => gzipSync(readFileSync(join(assets, name))).length)
    expect(bytes.reduce((a, b) => a + b, 0)).to.be.below(150_000)
  })

  it('shows a release live, aborts it with a reason, and says what the API refuses', async function () {
    if (!(await isExecutable(chromiumPath))) leaveOut(this, 'no Chromium on this machine')
    await using shop = await startService('c-console', { rps: 20 })
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    const { browser, page } = await openConsole()
    try {
      const errors: string[] = []
      page.on('pageerror', ({ message }) => errors.push(message))
      await page.getByRole('link', { name: release.id }).first().click()
      await page.getByText('baking at 50 % of traffic').waitFor()
      await page.getByRole('img', { name: /^E is/ }).waitFor()
      const folder = await createRunFolder('console')
      await page.screenshot({ path: process.env['HOLDFAST_SCREENSHOT'] ?? join(folder, 'release.png'), fullPage: true })
      await page.getByLabel('Reason').fill('seen enough')
      await page.getByRole('button', { name: 'Abort' }).click()
      await page.getByText('aborted', { exact: true }).first().waitFor()
      const asked = (await release.events()).filter(({ kind }) => kind === 'requested')
      expect(asked.map(({ data }) => data['reason'])).to.deep.equal(['seen enough'])
      expect(await page.getByRole('button').count(), 'actions of an ended release').to.equal(0)
      expect(errors).to.deep.equal([])
    } finally {
      await browser.close()
    }
  })

  it('opens by a link once, and tells a stranger how to get one', async function () {
    if (!(await isExecutable(chromiumPath))) leaveOut(this, 'no Chromium on this machine')
    const { browser, page } = await openConsole()
    try {
      await page.getByRole('heading', { name: 'Services' }).waitFor()
      expect(page.url(), 'the code has left the address bar').to.not.contain('code=')
      const stranger = await browser.newPage()
      await stranger.goto(page.url())
      await stranger.getByRole('alert').getByText('holdfast console').waitFor()
    } finally {
      await browser.close()
    }
  })
})
