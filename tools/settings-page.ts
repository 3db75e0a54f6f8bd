/** docs/settings.md out of the settings' own rows: `node tools/settings-page.ts` writes it. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Setting } from '../adapters/setting.ts'
import { settings } from '../adapters/settings.ts'

export const settingsFile = join(import.meta.dirname, '../docs/settings.md')

/** The page as it must stand in the documents. */
export function settingsPage(): string {
  const rows = Object.values(settings).map(rowOf)
  return `# Settings

Every setting is an environment variable; nothing else configures a process. A bad one ends the start with one error that names all
that are bad. A setting marked *secret* can stand in a file instead: set the variable with \`_FILE\` after its name to the file's path
(never both). \`npm start\` sets what its processes need of each other by itself.

| variable | default | what | meaning |
|---|---|---|---|
${rows.join('\n')}

This page is written by \`node tools/settings-page.ts\` from the rows in \`adapters/settings.ts\`; a test holds both equal.
`
}

function rowOf({ variable, preset, unit, meaning, secret, testOnly }: Setting): string {
  const name = `\`${variable}\`${secret ? ' (secret)' : ''}`
  const shown = preset === null ? 'must be set' : preset === '' ? '' : `\`${preset}\``
  return `| ${name} | ${shown} | ${unit} | ${meaning}${testOnly ? '; only with `HOLDFAST_TEST=1`' : ''} |`
}

if (import.meta.main) await writeFile(settingsFile, settingsPage())
