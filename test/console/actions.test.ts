import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Page } from 'playwright-core'
import type { TestBrowser } from './browser.ts'
import { startBrowser } from './browser.ts'
import type { RecordedApi } from './recorded-api.ts'
import { startRecordedApi } from './recorded-api.ts'
import { abortAccepted, baking, recordings, releasePath } from './recordings.ts'

const accepted = abortAccepted
const wrongPhase = {
  status: 409,
  body: { code: 'wrong-phase', detail: 'cannot abort while reverting', hint: 'no request is legal now' },
}

/** The release's page with the dialog of one action open. */
async function openDialog(browser: TestBrowser, api: RecordedApi, action: string): Promise<Page> {
  const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
  await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: action, exact: true }).click()
  await page.getByRole('dialog', { name: action }).waitFor()
  return page
}

const confirm = (page: Page, action: string) =>
  page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click()

describe('an action in the console', function () {
  this.timeout(60_000)

  it('is offered only when it is legal', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({
      ...recordings,
      [`GET ${releasePath}`]: { body: { ...baking, phase: 'promoting', legalRequests: ['abort'] } },
    })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('button', { name: 'Abort' }).waitFor()
    expect(await page.getByRole('group', { name: 'Actions' }).getByRole('button').allInnerTexts()).to.deep.equal(['Abort'])
  })

  it('is posted once, with its reason and a key, and shown as accepted', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({ ...recordings, [`POST ${releasePath}/abort`]: accepted })
    const page = await openDialog(browser, api, 'Abort')
    await page.getByLabel('Reason').fill('seen enough')
    await page.getByRole('dialog').getByRole('button', { name: 'Abort' }).dblclick()
    await page.getByText('Abort was accepted.').waitFor()
    expect(api.sent.map(({ path, body }) => ({ path, body }))).to.deep.equal([
      { path: `${releasePath}/abort`, body: { reason: 'seen enough' } },
    ])
    expect(api.sent[0]?.key).to.match(/^[0-9a-f-]{36}$/)
    expect(await page.getByRole('dialog').count()).to.equal(0)
  })

  it('sends the length of an extension, and sends nothing after Escape', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({ ...recordings, [`POST ${releasePath}/extend`]: accepted })
    const page = await openDialog(browser, api, 'Extend')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.textContent), 'where the focus is again').to.equal('Extend')
    await page.keyboard.press('Enter')
    await page.getByLabel('By').fill('10m')
    await page.keyboard.press('Enter')
    await page.getByText('Extend was accepted.').waitFor()
    expect(api.sent.map(({ body }) => body)).to.deep.equal([{ reason: null, by: '10m' }])
  })

  it('that is refused shows the problem and its remedy, and gets a new key when tried again', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({ ...recordings, [`POST ${releasePath}/abort`]: wrongPhase })
    const page = await openDialog(browser, api, 'Abort')
    await confirm(page, 'Abort')
    const alert = page.getByRole('dialog').getByRole('alert')
    await alert.getByText('cannot abort while reverting').waitFor()
    await alert.getByText('no request is legal now').waitFor()
    api.answer(`POST ${releasePath}/abort`, accepted)
    await confirm(page, 'Abort')
    await page.getByText('Abort was accepted.').waitFor()
    expect(new Set(api.sent.map(({ key }) => key)).size).to.equal(2)
  })

  it('without an answer is sent again under the same key, because the API may have carried it out', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({ ...recordings, [`POST ${releasePath}/promote`]: null })
    const page = await openDialog(browser, api, 'Promote')
    await confirm(page, 'Promote')
    await page.getByRole('dialog').getByRole('alert').getByText('sending it again has no second effect').waitFor()
    api.answer(`POST ${releasePath}/promote`, accepted)
    await confirm(page, 'Promote')
    await page.getByText('Promote was accepted.').waitFor()
    expect(new Set(api.sent.map(({ key }) => key)).size).to.equal(1)
  })
})
