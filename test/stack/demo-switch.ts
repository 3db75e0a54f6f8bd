/** Changes the behaviour of running versions of the demo service, by the file that DEMO_SWITCH names. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Behaviour } from './demo-artifact.ts'

export interface DemoSwitch extends Disposable {
  readonly file: string
  /** Sets what every replica does from now on (within 200 ms), or only those of `version`; null for their own behaviour. */
  set(behaviour: (Behaviour & { readonly version?: string }) | null): void
}

export function createDemoSwitch(): DemoSwitch {
  const folder = mkdtempSync(join(tmpdir(), 'hf-switch-'))
  const file = join(folder, 'switch.json')
  return {
    file,
    set(behaviour) {
      if (behaviour === null) return rmSync(file, { force: true })
      // Rename it into place, because half a file would switch nothing for a moment.
      writeFileSync(`${file}.new`, JSON.stringify(behaviour))
      renameSync(`${file}.new`, file)
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
