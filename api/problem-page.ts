/** docs/problems.md as a page, which the `type` of a problem links to. It reads only the Markdown that this document uses. */
import { readFileSync } from 'node:fs'

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const inline = (text: string): string =>
  escaped(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\*\*([^*]+)\*\*/g, '<b>$1</b>')
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')

function block(text: string): string {
  const [, marks, title = ''] = /^(#+) (.+)$/.exec(text) ?? []
  if (marks) return `<h${marks.length} id="${escaped(title)}">${inline(title)}</h${marks.length}>`
  if (!text.startsWith('- ')) return `<p>${inline(text)}</p>`
  const items = text.split('\n').map((line) => `<li>${inline(line.slice(2))}</li>`)
  return `<ul>${items.join('')}</ul>`
}

/** HTML, with an anchor for each code. */
export function problemPage(): string {
  const markdown = readFileSync(new URL('../docs/problems.md', import.meta.url), 'utf8')
  const body = markdown
    .trim()
    .split(/\n{2,}/)
    .map(block)
    .join('\n')
  return `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Holdfast problems</title></head>\n<body>\n${body}\n</body>\n</html>\n`
}
