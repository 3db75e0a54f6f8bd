/** An artifact of the demo service that behaves as a test wants it. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEnd } from './at-end.ts'
import { demoService } from './runtime.ts'

/** As in the head comment of ops/demo/service/server.mjs. */
export interface Behaviour {
  readonly mode?: 'healthy' | 'errors' | 'slow' | 'unauthorized' | 'hang' | 'crash' | 'never-ready' | 'slow-start'
  readonly rate?: number
  readonly afterMs?: number
  readonly delayMs?: number
}

/** Path of a folder that is `version`. */
export function demoArtifact(version: string, behaviour: Behaviour = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'hf-artifact-'))
  atEnd(async () => rmSync(folder, { recursive: true, force: true }))
  cpSync(demoService, folder, { recursive: true })
  writeFileSync(join(folder, 'behaviour.json'), JSON.stringify({ version, ...behaviour }))
  return folder
}
