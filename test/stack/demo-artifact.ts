/** An artifact of the demo service with a given behaviour. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEnd } from './at-end.ts'
import { demoService } from './runtime.ts'

/** The head comment of ops/demo/service/server.mjs describes these members. */
export interface Behaviour {
  readonly mode?: 'healthy' | 'errors' | 'slow' | 'unauthorized' | 'hang' | 'crash' | 'never-ready' | 'slow-start'
  readonly rate?: number
  readonly afterMs?: number
  readonly delayMs?: number
}

/** Makes the folder of a version and returns its path. */
export function demoArtifact(version: string, behaviour: Behaviour = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'hf-artifact-'))
  atEnd(async () => rmSync(folder, { recursive: true, force: true }))
  cpSync(demoService, folder, { recursive: true })
  writeFileSync(join(folder, 'behaviour.json'), JSON.stringify({ version, ...behaviour }))
  return folder
}
