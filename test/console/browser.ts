/** A real Chromium for one test, with its own profile and without calls to its maker. */
import type { Context } from 'mocha'
import type { Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { isExecutable } from '../../ops/components/component.ts'
import { leaveOut } from '../left-out.ts'

const executablePath = '/usr/bin/chromium'

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Looking {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
}

export interface TestBrowser extends AsyncDisposable {
  /** Opens a page in a new session. `page.context()` opens more windows of the same session. */
  open(url: string, looking?: Looking): Promise<Page>
  /** Errors that scripts threw, and what the page's policy refused. */
  readonly complaints: readonly string[]
}

/** Leaves the test out on a machine without Chromium. */
export async function startBrowser(test: Context): Promise<TestBrowser> {
  if (!(await isExecutable(executablePath))) leaveOut(test, 'no Chromium on this machine')
  const browser = await chromium.launch({ executablePath, args })
  const complaints: string[] = []
  return {
    complaints,
    async open(url, { width = 1_440, scheme = 'light' } = {}) {
      const viewport = { width, height: 900 }
      const context = await browser.newContext({ viewport, colorScheme: scheme, reducedMotion: 'reduce' })
      context.on('weberror', (failure) => complaints.push(failure.error().message))
      context.on('console', (message) => {
        if (message.type() === 'error' && message.text().includes('Content Security Policy')) complaints.push(message.text())
      })
      const page = await context.newPage()
      await page.goto(url)
      return page
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
