/** What the console shows and keeps when something is wrong. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startBrowser } from './browser.ts'
import { pictures } from './pictures.ts'
import { startRecordedApi } from './recorded-api.ts'
import { abortAccepted, baking, recordings, releasePath } from './recordings.ts'

const refused = { status: 401, body: { code: 'not-authenticated', detail: 'the link was used or is too old' } }

describe('the console in trouble', function () {
  this.timeout(60_000)

  it('says that the API does not answer, still shows the last answer, and removes the message once it answers', async function () {
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

  it('does not mistake another server for the API', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({ ...recordings, [`GET ${releasePath}`]: { body: [], isStream: true } })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('alert').getByText('another server than the API answered').waitFor()
    expect(browser.complaints).to.deep.equal([])
  })

  it('asks to load the page again where an API of another version answers what it does not know, and keeps the last answer', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('heading', { name: baking.id }).waitFor()
    api.answer(`GET ${releasePath}`, { body: { ...baking, state: 'dreaming' } })
    const alert = page.getByRole('alert')
    await alert.getByText('this page does not know what the API answers (state): load the page again').waitFor()
    expect(await page.getByRole('heading', { name: baking.id }).count()).to.equal(1)
    expect(browser.complaints).to.deep.equal([])
  })

  it('opens by a used link if the person is signed in, and otherwise says how to sign in', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({ ...recordings, 'POST /v1/console/sessions': refused })
    const signedIn = await browser.open(`${api.url}/#code=used`)
    await signedIn.getByRole('heading', { name: 'Services' }).waitFor()
    expect(new URL(signedIn.url()).hash).to.equal('')
    api.answer('GET /v1/services', refused)
    const stranger = await browser.open(`${api.url}/#code=used`)
    await stranger.getByRole('heading', { name: 'Sign in to Holdfast' }).waitFor()
    await stranger.getByText('holdfast console', { exact: true }).waitFor()
    await stranger.getByText('The link did not sign you in: the link was used or is too old.').waitFor()
    expect(await stranger.getByRole('heading').allInnerTexts()).to.deep.equal(['Sign in to Holdfast'])
    await stranger.screenshot({ path: join(await pictures(), 'sign-in.png') })
    // Another window was signed in. All windows share the cookie.
    api.answer('GET /v1/services', recordings['GET /v1/services'] ?? null)
    await stranger.getByRole('heading', { name: 'Services' }).waitFor()
  })

  it('says that a session has ended during use, and continues where it was once there is another', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('heading', { name: baking.id }).waitFor()
    const ended = { status: 401, body: { code: 'not-authenticated', detail: 'this needs a credential' } }
    for (const path of ['/v1/services', releasePath, `${releasePath}/looks`]) api.answer(`GET ${path}`, ended)
    await page.getByRole('alert').getByText('Your session has ended').waitFor()
    expect(await page.getByRole('navigation').getByRole('link').allInnerTexts(), 'no link to what cannot be seen').to.deep.equal([
      'API',
    ])
    expect(await page.title()).to.equal('Sign in · Holdfast')
    for (const path of ['/v1/services', releasePath, `${releasePath}/looks`])
      api.answer(`GET ${path}`, recordings[`GET ${path}`] ?? null)
    await page.getByRole('heading', { name: baking.id }).waitFor()
  })

  it('waits when it is rate limited, says until when, and sends the same request again', async function () {
    await using browser = await startBrowser(this)
    const path = `${releasePath}/abort`
    const refusal = { code: 'rate-limited', detail: 'this client has used its 60 changes in 60 s' }
    const limited = (seconds: number) => ({ status: 429, body: refusal, headers: { 'retry-after': String(seconds) } })
    await using api = await startRecordedApi({ ...recordings, [`POST ${path}`]: limited(2) })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('button', { name: 'Abort' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Abort' }).click()
    await dialog.getByText(/This client sent too many requests\. The page sends them again at/).waitFor()
    await page.screenshot({ path: join(await pictures(), 'rate-limited.png') })
    api.answer(`POST ${path}`, abortAccepted)
    await page.getByText('Abort was accepted.').waitFor()
    expect(api.sent.length).to.be.above(1)
    expect(new Set(api.sent.map(({ key }) => key)).size, 'the same request').to.equal(1)
    await page.getByText(/sent too many requests/).waitFor({ state: 'detached' })
    // Longer than the page waits: it shows the refusal, and the same key is safe.
    api.answer(`POST ${path}`, limited(61))
    await page.getByRole('button', { name: 'Abort' }).click()
    await dialog.getByRole('button', { name: 'Abort' }).click()
    await dialog.getByRole('alert').getByText(refusal.detail).waitFor()
  })

  it('says when it reads again after a rate limit, and then continues by itself', async function () {
    await using browser = await startBrowser(this)
    const limited = { status: 429, body: { code: 'rate-limited', detail: 'too many' }, headers: { 'retry-after': '2' } }
    await using api = await startRecordedApi({ ...recordings, 'GET /v1/services': limited })
    const page = await browser.open(api.url)
    await page
      .getByRole('status')
      .getByText(/sent too many requests/)
      .waitFor()
    api.answer('GET /v1/services', recordings['GET /v1/services'] ?? null)
    await page.getByRole('region', { name: 'checkout in production' }).waitFor()
    await page.getByText(/sent too many requests/).waitFor({ state: 'detached' })
  })

  it('moves the focus to the page, also when it returns to the first one', async function () {
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

  it('says before an abort which version is reverted to which', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    await page.getByRole('button', { name: 'Abort' }).click()
    await page.getByRole('dialog').getByText('All traffic returns to 1.4.0; 1.5.0 has 50 % of it now.').waitFor()
  })

  it('names the commands to use without JavaScript', () => {
    const page = readFileSync(join(import.meta.dirname, '../../console/dist/index.html'), 'utf8')
    expect(page).to.match(/<noscript>.*JavaScript.*holdfast release show/s)
  })
})
