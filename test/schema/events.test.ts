import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { routes } from '../../api/registry.ts'
import { Event, EventOrUnknown, eventKinds, StoredEvent } from '../../schema/events.ts'
import { openApi } from '../../schema/openapi.ts'

const root = new URL('../../', import.meta.url)
/** Rooms that write events. */
const writers = ['domain/rollout', 'activities', 'adapters/postgres', 'workers']

/** Kinds that are next to their data in an object literal. A type has `}` or `;` in between. */
const written = new Set(
  writers.flatMap((room) =>
    readdirSync(new URL(`${room}/`, root), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [
        ...readFileSync(new URL(`${room}/${file}`, root), 'utf8').matchAll(/kind: '([a-z-]+)',[^;}]*?\bdata\b/g),
      ])
      .map(([, kind]) => kind),
  ),
)

describe('the union of events', () => {
  it('has exactly the kinds that code writes', () => {
    expect(
      eventKinds.filter((kind) => !written.has(kind)),
      'that nobody writes',
    ).to.deep.equal([])
    expect(
      [...written].filter((kind) => !eventKinds.some((known) => known === kind)),
      'beside the union',
    ).to.deep.equal([])
  })

  it('is in the OpenAPI document with the kind as discriminator', () => {
    const { components } = openApi(routes, {}) as {
      components: { schemas: { Event: { oneOf: object[]; discriminator: { propertyName: string; mapping: object } } } }
    }
    const { oneOf, discriminator } = components.schemas.Event
    expect(oneOf).to.have.length(eventKinds.length)
    expect(discriminator.propertyName).to.equal('kind')
    expect(discriminator.mapping).to.have.all.keys(...eventKinds)
  })

  it("accepts no event of another kind, and none with another kind's data", () => {
    const removed = { kind: 'removed', data: { version: '1.0.0' } }
    const common = {
      subjectKind: 'release',
      subject: 'shop-1',
      seq: 1,
      at: 'now',
      actor: { kind: 'system', id: 'rollout' },
      where: null,
    }
    expect(StoredEvent.safeParse({ ...common, ...removed }).success).to.equal(true)
    for (const wrong of [
      { kind: 'moon-risen', data: {} },
      { ...removed, data: { weight: 10 } },
      { ...removed, kind: 'verdict' },
    ])
      expect(StoredEvent.safeParse({ ...common, ...wrong }).success, JSON.stringify(wrong)).to.equal(false)
  })

  it('stores which version did not become ready, and does not send it', () => {
    const unready = { service: 'shop', environment: 'production', version: '1.0.0' }
    const data = { code: 'cannot-start', detail: 'exit code 3', unready }
    const back = {
      subjectKind: 'release',
      subject: 'shop-1',
      seq: 1,
      at: 'now',
      actor: { kind: 'system', id: 'rollout' },
      where: null,
      kind: 'reverting',
      data,
    }
    expect(StoredEvent.parse(back).data).to.deep.equal(data)
    expect(Event.parse(back).data).to.deep.equal({ code: 'cannot-start', detail: 'exit code 3' })
  })

  it('of a kind that a reader does not know has its name, its number and its instant, and nothing else', () => {
    const newer = { seq: 7, kind: 'moon-risen', at: '2026-11-30T12:00:00Z', actor: { kind: 'system', id: 'moon' }, data: {} }
    expect(EventOrUnknown.parse(newer)).to.deep.equal({ kind: 'unknown', name: 'moon-risen', seq: 7, at: newer.at })
  })
})
