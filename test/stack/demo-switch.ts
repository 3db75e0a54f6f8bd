/** A switch that changes how running versions of the demo service behave: its file is named by DEMO_SWITCH. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Behaviour } from './demo-artifact.ts'

export interface DemoSwitch extends Disposable {
  readonly file: string
  /** What every replica does from now on (within 200 ms), or those of `version` alone; null: as they were built. */
  set(behaviour: (Behaviour & { readonly version?: string }) | null): void
}

export function createDemoSwitch(): DemoSwitch {
  const folder = mkdtempSync(join(tmpdir(), 'hf-switch-'))
  const file = join(folder, 'switch.json')
  return {
    file,
    set(behaviour) {
      if (behaviour === null) return rmSync(file, { force: true })
      // Whole at once: half a file would be no switch for a moment.
      writeFileSync(`${file}.new`, JSON.stringify(behaviour))
      renameSync(`${file}.new`, file)
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
