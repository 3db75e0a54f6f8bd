/** A block of lines at the bottom of a terminal, redrawn in place. Earlier output stays above it. */
import type { Terminal } from '../terminal.ts'
import { clip } from './columns.ts'

export interface LiveScreen {
  /** Replaces the lines. Writes nothing when they are the same. */
  draw(lines: readonly string[]): void
  /** Leaves the last lines on the screen and shows the cursor again. Safe to call twice, and from an exit handler. */
  end(): void
}

const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'
// Terminals that know this sequence show a whole frame at once, without flicker. Others ignore it.
const beginFrame = '\x1b[?2026h'
const endFrame = '\x1b[?2026l'

export function createLiveScreen(terminal: Terminal): LiveScreen {
  let drawn: readonly string[] = []
  let width = 0
  let open = false
  const frame = (lines: readonly string[]): string => {
    const up = drawn.length > 0 ? `\x1b[${drawn.length}A` : ''
    return `${beginFrame}${open ? '' : hideCursor}${up}\r${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J${endFrame}`
  }
  return {
    draw(lines) {
      const columns = terminal.columns()
      // A block that is higher than the window would scroll and could not be redrawn, so its middle is left out.
      const shown = fit(lines, Math.max(4, terminal.rows() - 1)).map((line) => clip(line, columns - 1))
      if (open && columns === width && same(shown, drawn)) return
      terminal.write(frame(shown))
      drawn = shown
      width = columns
      open = true
    },
    end() {
      if (!open) return
      open = false
      terminal.write(showCursor)
      drawn = []
    },
  }
}

function fit(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines
  const head = Math.ceil(rows / 2)
  return [...lines.slice(0, head), ...lines.slice(lines.length - (rows - head))]
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((line, i) => line === b[i])
