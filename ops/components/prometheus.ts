/** Prometheus, for tests of analyses that read one, and of the alert rules. */
import { installed } from './installed.ts'

export const prometheus = installed({
  name: 'prometheus',
  version: '2.42',
  setting: 'prometheusProgram',
  programs: ['prometheus'],
  says: /^prometheus, version (\d+(?:\.\d+)+)/m,
  ways: "install it ('apt-get install --no-install-recommends prometheus', 'brew install prometheus')",
})
