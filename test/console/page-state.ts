/** A page of the console in a state: an address, the API's answers, and the actions before it is checked. */
import type { Page } from 'playwright-core'
import type { Release } from '../../schema/release.ts'
import type { Recorded } from './recorded-api.ts'
import { lineOf } from './recordings.ts'

export type Answers = Readonly<Record<string, Recorded | null>>

export interface PageState {
  readonly address: string
  readonly answers: Answers
  /** Text that appears once the page is loaded. */
  readonly shows: string
  /** What a person does before the check. */
  readonly act?: (page: Page) => Promise<void>
}

export const releasesOf = (...items: readonly Release[]): Answers => ({
  'GET /v1/releases': { body: { items, nextCursor: null } },
  'GET /v1/services/checkout/history': { body: { items: items.map(lineOf), nextCursor: null } },
})

export const longName = `checkout-${'very-'.repeat(10)}end`
export const longVersion = `2026.11.29-${'feature'.repeat(15)}`
export const longText =
  `hook exited with 1: ${'npm ERR! code ELIFECYCLE at /srv/app/node_modules/some-package/index.js:10:5\n'.repeat(56)}`.slice(
    0,
    4_096,
  )

export const dialog = (button: string) => async (page: Page) => {
  await page.getByRole('button', { name: button, exact: true }).first().click()
  await page.getByRole('dialog').waitFor()
}
export const confirmed =
  (button: string, fields: Readonly<Record<string, string>> = {}) =>
  async (page: Page) => {
    await dialog(button)(page)
    for (const [label, value] of Object.entries(fields)) await page.getByRole('dialog').getByLabel(label).fill(value)
    await page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click()
    await page.getByRole('dialog').getByRole('alert').waitFor()
  }
