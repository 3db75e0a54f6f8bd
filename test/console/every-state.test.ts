/** The laws of all pages, in every state, on a telephone and on a wide screen, in light and in dark. */
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startBrowser } from './browser.ts'
import { faultsOf } from './page-laws.ts'
import { pictures } from './pictures.ts'
import { startRecordedApi } from './recorded-api.ts'
import { pageStates } from './states.ts'

const screens = [
  [390, 'dark'],
  [1_440, 'light'],
] as const

describe('every page of the console in every state', function () {
  this.timeout(480_000)

  for (const [width, scheme] of screens) {
    it(`fits ${width} px in ${scheme}: nothing is too wide, unnamed, pale, shown twice, or a link to nowhere`, async function () {
      await using browser = await startBrowser(this)
      await using api = await startRecordedApi({})
      const page = await browser.open('about:blank', { width, scheme })
      const folder = await pictures()
      const faults: string[] = []
      for (const [name, { address, answers, shows, act }] of Object.entries(pageStates)) {
        api.answerOnly(answers)
        await page.goto('about:blank')
        await page.goto(`${api.url}/${address}`)
        await page.getByText(shows).first().waitFor()
        await act?.(page)
        await page.screenshot({ path: join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}-${width}.png`), fullPage: !act })
        faults.push(...(await faultsOf(page)).map((fault) => `${name}: ${fault}`))
      }
      expect(faults).to.deep.equal([])
      expect(browser.complaints).to.deep.equal([])
    })
  }
})
