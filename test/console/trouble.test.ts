/** What the console says and keeps when something is not as it should be. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startBrowser } from './browser.ts'
import { pictures } from './pictures.ts'
import { startRecordedApi } from './recorded-api.ts'
import { baking, recordings, releasePath } from './recordings.ts'

const refused = { status: 401, body: { code: 'not-authenticated', detail: 'the link was used or is too old' } }

describe('the console in trouble', function () {
  this.timeout(60_000)

  it('says that the API does not answer, goes on showing what was known, and takes it back once it answers', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('heading', { name: baking.id }).waitFor()
    api.answer(`GET ${releasePath}`, null)
    const alert = page.getByRole('alert')
    await alert.getByText('the API does not answer').waitFor()
    await alert.getByText('this page asks again by itself').waitFor()
    expect(await page.getByRole('heading', { name: baking.id }).count()).to.equal(1)
    api.answer(`GET ${releasePath}`, { body: baking })
    await alert.waitFor({ state: 'detached' })
  })

  it('takes nothing for the API that is not', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({ ...recordings, [`GET ${releasePath}`]: { body: [], isStream: true } })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('alert').getByText('what answers here is not the API').waitFor()
    expect(browser.complaints).to.deep.equal([])
  })

  it('opens by a link that was used already where the person is signed in, and says how to get in where not', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({ ...recordings, 'POST /v1/console/sessions': refused })
    const signedIn = await browser.open(`${api.url}/#code=used`)
    await signedIn.getByRole('heading', { name: 'Services' }).waitFor()
    expect(new URL(signedIn.url()).hash).to.equal('')
    api.answer('GET /v1/services', refused)
    const stranger = await browser.open(`${api.url}/#code=used`)
    await stranger.getByRole('heading', { name: 'Sign in to Holdfast' }).waitFor()
    await stranger.getByText('holdfast console', { exact: true }).waitFor()
    await stranger.getByText('the link was used or is too old').waitFor()
    expect(await stranger.getByRole('heading').allInnerTexts()).to.deep.equal(['Sign in to Holdfast'])
    await stranger.screenshot({ path: join(await pictures(), 'sign-in.png') })
    // Another window was signed in: the cookie is the same.
    api.answer('GET /v1/services', recordings['GET /v1/services'] ?? null)
    await stranger.getByRole('heading', { name: 'Services' }).waitFor()
  })

  it('moves the focus to the page on the way back to the first one too', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(api.url)
    await page.getByRole('link', { name: baking.id }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: baking.id }).waitFor()
    await page.getByRole('button', { name: 'Abort' }).focus()
    await page.goBack()
    await page.getByRole('heading', { name: 'Services' }).waitFor()
    await page.waitForFunction(() => document.activeElement?.tagName === 'MAIN')
  })

  it('says what will happen before somebody takes a version back: which one, and to what', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('button', { name: 'Abort' }).click()
    await page.getByRole('dialog').getByText('All traffic goes back to 1.4.0; 1.5.0 has 50 % of it now.').waitFor()
  })

  it('says what does without it where there is no JavaScript', () => {
    const page = readFileSync(join(import.meta.dirname, '../../console/dist/index.html'), 'utf8')
    expect(page).to.match(/<noscript>.*JavaScript.*holdfast release show/s)
  })
})
