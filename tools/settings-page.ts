/** Builds docs/settings.md from the rows of the settings. `node tools/settings-page.ts` writes it. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Setting } from '../adapters/setting.ts'
import { settings } from '../adapters/settings.ts'

export const settingsFile = join(import.meta.dirname, '../docs/settings.md')

/** The text of docs/settings.md. */
export function settingsPage(): string {
  const rows = Object.values(settings).map(rowOf)
  return `# Settings

This page is for operators. Each setting is an environment variable; nothing else configures a process. When a setting is wrong, the process
does not start, and one error names all wrong settings. A setting marked *secret* can be in a file instead: append \`_FILE\` to the variable's name and
set it to the file's path (never set both). \`npm start\` itself sets what its processes need to find each other.

| variable | default | what | meaning |
|---|---|---|---|
${rows.join('\n')}

\`node tools/settings-page.ts\` writes this page from the rows in \`adapters/settings.ts\`, and a test holds both equal.
`
}

function rowOf({ variable, preset, unit, meaning, secret, testOnly }: Setting): string {
  const name = `\`${variable}\`${secret ? ' (secret)' : ''}`
  const shown = preset === null ? 'must be set' : preset === '' ? '' : `\`${preset}\``
  return `| ${name} | ${shown} | ${unit} | ${meaning}${testOnly ? '; only with `HOLDFAST_TEST=1`' : ''} |`
}

if (import.meta.main) await writeFile(settingsFile, settingsPage())
