/** Formats a table as aligned lines: text to the left, numbers to the right. */

/** The heading, a rule, and one line per row. */
export function formatTable(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = columns.map((column, at) => Math.max(column.length, ...rows.map((row) => String(row[at] ?? '').length)))
  const isNumeric = columns.map((_, at) => rows.every((row) => typeof row[at] === 'number'))
  const line = (cells: readonly (string | number)[]): string =>
    widths
      .map((width, at) => (isNumeric[at] ? String(cells[at] ?? '').padStart(width) : String(cells[at] ?? '').padEnd(width)))
      .join('  ')
      .trimEnd()
  return [line(columns), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)]
}
