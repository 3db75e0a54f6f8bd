/** A browser, for the tests of the console's pages. */
import { installed } from './installed.ts'

export const chromium = installed({
  name: 'chromium',
  version: '120.0',
  setting: 'chromiumProgram',
  programs: ['chromium', 'chromium-browser', 'google-chrome'],
  says: /^(?:Chromium|Google Chrome) (\d+(?:\.\d+)+)/m,
  ways: "install it ('apt-get install --no-install-recommends chromium')",
})
