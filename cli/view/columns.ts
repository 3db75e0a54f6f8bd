/** Text in columns and bars, measured as a terminal shows it: colours take no cell, wide characters take two. */
import { stripVTControlCharacters } from 'node:util'

/** The number of cells that `text` fills. */
export function cells(text: string): number {
  let width = 0
  for (const char of stripVTControlCharacters(text)) width += isWide(char.codePointAt(0) ?? 0) ? 2 : 1
  return width
}

const isWide = (point: number): boolean =>
  (point >= 0x1100 && point <= 0x115f) ||
  (point >= 0x2e80 && point <= 0xa4cf) ||
  (point >= 0xac00 && point <= 0xd7a3) ||
  (point >= 0xf900 && point <= 0xfaff) ||
  (point >= 0xfe30 && point <= 0xfe6f) ||
  (point >= 0xff00 && point <= 0xff60) ||
  (point >= 0x1f300 && point <= 0x1faff)

/** `text`, cut to `width` cells with an ellipsis. Colours are kept, and end at the cut. */
export function clip(text: string, width: number): string {
  if (cells(text) <= width) return text
  let left = Math.max(0, width - 1)
  let out = ''
  let colored = false
  for (const piece of text.split(/(\x1b\[[0-9;]*m)/)) {
    if (piece.startsWith('\x1b[')) {
      out += piece
      colored = true
      continue
    }
    for (const char of piece) {
      left -= cells(char)
      if (left < 0) return `${out}…${colored ? '\x1b[0m' : ''}`
      out += char
    }
  }
  return out
}

/** Breaks `text` into lines of at most `width` cells. The text must have no colours. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && cells(last) + 1 + cells(word) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - cells(text)))
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - cells(text))) + text

export interface Column {
  readonly title: string
  readonly right?: boolean
  /** May be left out when the window is too narrow; the last such column goes first. */
  readonly isSpare?: boolean
}

/**
 * Rows under their titles, two spaces apart, within `width` cells. Spare columns are left out first. If that is not enough, every row
 * becomes a block of lines. No text is cut, and no line ends in blanks. The first line has the titles; for blocks it is empty.
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const lines = alignedLines(columns, rows)
  if (Math.max(...lines.map(cells)) <= width) return lines
  const spare = columns.findLastIndex(({ isSpare }) => isSpare === true)
  if (spare < 0) return ['', ...rows.flatMap((row) => blockLines(columns, row))]
  const without = <T>(all: readonly T[]): T[] => all.filter((_, i) => i !== spare)
  return tableLines(without(columns), rows.map(without), width)
}

function blockLines(columns: readonly Column[], [first = '', ...rest]: readonly string[]): string[] {
  const titles = columns.slice(1).map(({ title }) => title)
  const label = Math.max(...titles.map(cells))
  return [first, ...rest.flatMap((text, i) => (text === '' ? [] : [`  ${padEnd(titles[i] ?? '', label)}  ${text}`]))]
}

function alignedLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, i) => Math.max(cells(title), ...rows.map((row) => cells(row[i] ?? ''))))
  const lineOf = (row: readonly string[]): string =>
    columns
      .map(({ right }, i) => (right ? padStart : padEnd)(row[i] ?? '', widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [lineOf(columns.map(({ title }) => title)), ...rows.map(lineOf)]
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** A bar of `width` cells, filled to `share` in eighths of a cell. Any share above zero is visible. */
export function bar(share: number, width: number): { readonly full: string; readonly rest: string } {
  const filled = Math.round(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * width * 8)
  const shown = share > 0 ? Math.max(1, filled) : 0
  const full = '█'.repeat(Math.floor(shown / 8)) + eighths[shown % 8]
  return { full, rest: ' '.repeat(Math.max(0, width - cells(full))) }
}

/** `12,345`. */
export const countText = (count: number): string => Math.round(count).toLocaleString('en-US')

/** A share in percent, with more digits for smaller ones: `0.50 %`, `5.0 %`, `12 %`. */
export function percentText(share: number): string {
  const percent = share * 100
  if (!Number.isFinite(percent)) return '-'
  const digits = percent === 0 || percent >= 10 ? 0 : percent >= 1 ? 1 : 2
  return `${percent.toFixed(digits)} %`
}

/** Of a list that was cut: how many are not in it. */
export const moreText = (more: number): string => `and ${countText(more)} more`

/** `a, b and 3 more`. */
export const namesText = (names: readonly string[], more: number): string =>
  more > 0 ? `${names.join(', ')} ${moreText(more)}` : names.join(', ')
