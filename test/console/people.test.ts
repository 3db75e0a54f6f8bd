/** The console for a person who has to act: what waits for a person, what can be started, what a version printed. */
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { agoText } from '../../console/ago-text.ts'
import { columnsOf } from '../../console/columns.ts'
import { startBrowser } from './browser.ts'
import { pictures } from './pictures.ts'
import { startRecordedApi } from './recorded-api.ts'
import { plan } from '../../schema/examples.ts'
import { baking, bringingBack, environment, recordings, rollbackRecordings, service } from './recordings.ts'
import type { Event } from '../../domain/events/event.ts'

const held = {
  ...baking,
  state: 'held',
  phase: 'held',
  waitsFor: 'a person: neither good nor bad was shown',
  reason: { code: 'inconclusive', detail: 'errors: at most 2.1 %, needs 1 %' },
}
const heldTurn = {
  subjectKind: 'release',
  id: baking.id,
  kind: 'rollout',
  version: '1.5.0',
  state: 'held',
  phase: 'held',
  weightPercent: 50,
}
const staging = { ...environment, name: 'staging', queue: [], after: [] }
const waiting = { ...service, environments: [staging, { ...environment, queue: [heldTurn, ...environment.queue.slice(1)] }] }
const started = { status: 202, body: { kind: 'release', id: 'checkout-8', state: 'accepted', links: baking.links } }
const releases = '/v1/services/checkout/releases'
const withHeld = {
  ...recordings,
  'GET /v1/services': {
    body: { items: [waiting, { ...waiting, name: 'search', environments: [environment] }], nextCursor: null },
  },
  'GET /v1/services/checkout': { body: waiting },
  'GET /v1/releases': {
    body: {
      items: [
        held,
        { ...baking, id: 'checkout-6', version: '1.4.0', reached: ['production'] },
        { ...baking, id: 'checkout-5', version: '1.3.0', reached: ['production'] },
      ],
      nextCursor: null,
    },
  },
}

describe('the console for a person who has to act', function () {
  this.timeout(60_000)

  it('shows on top what needs a person: which release, where, why and since when', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(withHeld)
    for (const [width, scheme] of [
      [360, 'light'],
      [1_440, 'light'],
    ] as const) {
      const page = await browser.open(api.url, { width, scheme })
      const needs = page.getByRole('region', { name: 'Needs a person' })
      await needs.getByRole('link', { name: baking.id }).waitFor()
      const text = await needs.innerText()
      expect(text).to.include('1.5.0 in checkout production').and.include('held').and.include('days ago')
      expect(text).to.include('errors: at most 2.1 %, needs 1 %').and.include('Waits for a person')
      expect(text, 'what waits for another release needs nobody').to.not.include('checkout-8')
      await page.screenshot({ path: join(await pictures(), `needs-${width}.png`), fullPage: true })
      await page.close()
    }
    await using calm = await startRecordedApi(recordings)
    const page = await browser.open(calm.url)
    await page.getByRole('region', { name: 'checkout in production' }).waitFor()
    expect(await page.getByRole('region', { name: 'Needs a person' }).count()).to.equal(0)
  })

  it('says in every case that there are more than it has read, with the command for each kind', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(recordings)
    const queued = { ...baking, state: 'waiting', phase: 'queued' }
    const list = (kind: 'release' | 'rollback') => `holdfast ${kind} list --state waiting,paused,held,needs-operator`
    const cases = [
      { what: 'none of those read', releases: [queued], isCut: [true, false] },
      { what: 'some of them', releases: [held, queued], isCut: [true, true] },
      { what: 'no release, and more rollbacks', releases: [], isCut: [false, true] },
    ] as const
    for (const { what, releases, isCut } of cases) {
      const [nextRelease, nextRollback] = isCut.map((is) => (is ? 'more' : null))
      api.answer('GET /v1/releases', { body: { items: releases, nextCursor: nextRelease } })
      api.answer('GET /v1/rollbacks', { body: { items: [], nextCursor: nextRollback } })
      const page = await browser.open(api.url)
      const needs = page.getByRole('region', { name: 'Needs a person' })
      await needs.getByText('shows all').first().waitFor()
      const text = await needs.innerText()
      expect([text.includes(list('release')), text.includes(list('rollback'))], what).to.deep.equal(isCut)
      await page.goto(`${api.url}/#/services/checkout`)
      await needs.getByText(`list checkout --state`).first().waitFor()
      await page.close()
    }
  })

  it('shows environments as columns in the order of a release', () => {
    const of = (...names: string[]) => ({ environments: names.map((name) => ({ ...environment, name })) })
    expect(columnsOf([of('staging', 'production')])).to.deep.equal(['staging', 'production'])
    expect(columnsOf([of('production'), of('staging', 'production')])).to.deep.equal(['staging', 'production'])
    expect(columnsOf([of('a', 'c'), of('a', 'b', 'c'), of('c', 'd')])).to.deep.equal(['a', 'b', 'c', 'd'])
    expect(columnsOf([of('a', 'b'), of('b', 'a')]), 'each once, whatever the orders').to.have.members(['a', 'b'])
  })

  it('shows instants as relative times', () => {
    const ago = (ms: number) => agoText(Date.parse('2026-03-01T10:00:00Z') - ms, Date.parse('2026-03-01T10:00:00Z'))
    expect([0, 5_000, 90_000, 7_200_000, 3 * 86_400_000, -120_000].map(ago)).to.deep.equal([
      'just now',
      '5 seconds ago',
      '1 minute ago',
      '2 hours ago',
      '3 days ago',
      'in 2 minutes',
    ])
  })

  it('plans a release before it starts it, and then shows its page', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({
      ...withHeld,
      [`POST ${releases}`]: { status: 422, body: { detail: 'the store has no artifact' } },
    })
    const page = await browser.open(`${api.url}/#/services/checkout`)
    await page.getByRole('button', { name: 'Release a version' }).click()
    const dialog = page.getByRole('dialog', { name: 'Release a version' })
    await dialog.getByLabel('Version').fill('1.6.0')
    await dialog.getByLabel('Artifact').fill('/srv/builds/1.6.0')
    await dialog.getByLabel('Until').selectOption('staging')
    await page.screenshot({ path: join(await pictures(), 'start-release.png') })
    await dialog.getByRole('button', { name: 'Release a version' }).click()
    await dialog.getByText('the store has no artifact').waitFor()
    expect(api.sent, 'what cannot be planned is not started').to.have.length(1)
    api.answer(`POST ${releases}?dryRun=true`, { body: plan })
    api.answer(`POST ${releases}`, started)
    await dialog.getByRole('button', { name: 'Release a version' }).click()
    await page.waitForURL(/#\/releases\/checkout-8$/)
    const body = { version: '1.6.0', artifact: { path: '/srv/builds/1.6.0' }, until: 'staging', note: null }
    expect(api.sent.map((one) => one.body)).to.deep.equal([body, body, body])
    expect(api.sent.map(({ key }) => key === 'undefined')).to.deep.equal([true, true, false])
  })

  it('rolls back to a chosen earlier good version, with a reason', async function () {
    await using browser = await startBrowser(this)
    const rollbacks = '/v1/services/checkout/environments/production/rollbacks'
    const id = 'rollback/checkout/production/4'
    await using api = await startRecordedApi({
      ...withHeld,
      [`POST ${rollbacks}`]: { status: 202, body: { kind: 'rollback', id, state: 'accepted', links: baking.links } },
    })
    const page = await browser.open(`${api.url}/#/services/checkout`, { width: 360 })
    await page.getByRole('button', { name: 'Roll back production' }).click()
    const dialog = page.getByRole('dialog', { name: 'Roll back production' })
    expect(await dialog.getByRole('option').allInnerTexts()).to.deep.equal(['the good version before', '1.3.0'])
    await dialog.getByLabel('Version').selectOption('1.3.0')
    await dialog.getByLabel('Reason').fill('slow')
    await page.screenshot({ path: join(await pictures(), 'roll-back-360.png') })
    await dialog.getByRole('button', { name: 'Roll back production' }).click()
    await page.waitForURL(/#\/rollbacks\//)
    expect(api.sent).to.have.length(1)
    expect(api.sent[0]).to.deep.include({ path: rollbacks, body: { version: '1.3.0', reason: 'slow' } })
    expect(api.sent[0]?.key).to.match(/^[0-9a-f-]{36}$/)
  })

  it('shows the logs of a version on request, and shows a reason once even if several events have it', async function () {
    await using browser = await startBrowser(this)
    const why = '13.9 % of 223 requests failed; the stable version had none'
    const common = {
      subjectKind: 'release',
      subject: baking.id,
      at: baking.createdAt,
      actor: { kind: 'system', id: 'rollout' },
      where: null,
    } as const
    const happened: readonly Event[] = [
      { ...common, seq: 1, kind: 'verdict', data: { verdict: 'fail', detail: why, weight: 10 } },
      { ...common, seq: 2, kind: 'reverting', data: { code: 'fail', detail: why } },
      { ...common, seq: 3, kind: 'release-ended', data: { outcome: 'rolled-back', reason: { code: 'fail', detail: why } } },
    ]
    const logs = '/v1/services/checkout/environments/production/logs'
    await using api = await startRecordedApi({
      ...recordings,
      [`GET /v1/releases/${baking.id}/events`]: { body: happened, isStream: true },
      [`GET ${logs}`]: {
        body: { items: [{ at: baking.createdAt, replica: 'r', version: '1.5.0', line: 'listening <b>' }], nextCursor: null },
      },
    })
    const page = await browser.open(`${api.url}/#/releases/${baking.id}`)
    const events = page.getByRole('region', { name: 'Events' })
    await events.getByText('verdict fail').waitFor()
    expect(await events.getByText(why).count()).to.equal(1)
    await page.getByText('What 1.5.0 prints').click()
    await page.getByText('listening <b>').waitFor()
    expect(browser.complaints).to.deep.equal([])
  })

  it('filters releases by the address, so that a link keeps the filter, and says when a filter is refused', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi(withHeld)
    const page = await browser.open(`${api.url}/#/releases?service=checkout`)
    const filters = page.getByRole('form', { name: 'Filters' })
    await filters.getByLabel('Environment').selectOption('production')
    await filters.getByLabel('State').selectOption('rolled back')
    await page.waitForURL(/#\/releases\?service=checkout&environment=production&state=rolled-back$/)
    await page.getByRole('link', { name: baking.id }).waitFor()
    expect(await filters.getByLabel('Service').inputValue()).to.equal('checkout')
    await page.screenshot({ path: join(await pictures(), 'releases-filtered.png') })
    const asked = api.asked.filter((url) => url.startsWith('/v1/releases?')).at(-1)
    expect(asked).to.equal('/v1/releases?service=checkout&environment=production&state=rolled-back')
    await page.reload()
    expect(await filters.getByLabel('State').inputValue()).to.equal('rolled-back')
    expect(await page.title()).to.equal('Releases · Holdfast')
  })

  it('shows until when a person can decide and what follows, and why no first version is stable', async function () {
    await using browser = await startBrowser(this)
    const at = new Date(Date.now() + 3 * 3_600_000 + 60_000).toISOString()
    const until = { at, next: 'it is reverted to 1.4.0' }
    const reason = { code: 'cannot-start', detail: '0 of 2 ready: spawn ./start ENOENT' }
    const ended = { outcome: 'rolled-back', reason, endedAt: baking.createdAt }
    const last = { subjectKind: 'release', id: 'search-1', kind: 'rollout', version: '0.1.0', ...ended }
    const empty = { ...environment, service: 'search', stable: null, queue: [], traffic: null, last }
    await using api = await startRecordedApi({
      ...withHeld,
      'GET /v1/services': { body: { items: [waiting, { ...service, name: 'search', environments: [empty] }], nextCursor: null } },
      'GET /v1/releases': { body: { items: [{ ...held, until }], nextCursor: null } },
    })
    const page = await browser.open(api.url)
    const needs = page.getByRole('region', { name: 'Needs a person' })
    await needs.getByText('Waits for a person to decide; otherwise it is reverted to 1.4.0 in 3 hours.').waitFor()
    expect(await needs.getByText('2.1 %').count(), 'why, once').to.equal(1)
    const card = page.getByRole('region', { name: 'search in production' })
    await card.getByText('rolled back: 0 of 2 ready: spawn ./start ENOENT').waitFor()
    expect(await card.getByRole('link', { name: '0.1.0' }).getAttribute('href')).to.include('search-1')
    await page.screenshot({ path: join(await pictures(), 'until.png'), fullPage: true })
  })

  it('calls no version of a rollback a canary, and names the environment of each event', async function () {
    await using browser = await startBrowser(this)
    await using api = await startRecordedApi({ ...recordings, ...rollbackRecordings })
    const page = await browser.open(`${api.url}/#/rollbacks/${encodeURIComponent(bringingBack.id)}`)
    await page.getByRole('row', { name: /1\.3\.0 brought back/ }).waitFor()
    expect(await page.getByRole('main').innerText()).to.not.match(/canary/i)
  })
})
