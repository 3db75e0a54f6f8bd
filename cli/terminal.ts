/** The output: answers go to stdout, notes about them to stderr. Knows the width of the window, and whether to use colours. */
import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'magenta'

export interface Terminal {
  /** True when stdout is a terminal. */
  readonly live: boolean
  readonly columns: () => number
  /** The cells that a line may have; no limit in a pipe. */
  readonly width: () => number
  readonly rows: () => number
  /** Writes one line to stdout. */
  readonly line: (text?: string) => void
  /** Writes the text to stdout unchanged. */
  readonly write: (text: string) => void
  /** Writes one line to stderr. */
  readonly note: (text?: string) => void
  /** Colours for stdout; the same text when colour is off. */
  readonly paint: (style: Style | readonly Style[], text: string) => string
  /** Colours for stderr. */
  readonly paintNote: (style: Style | readonly Style[], text: string) => string
}

export interface TerminalOptions {
  readonly stdout: WriteStream
  readonly stderr: WriteStream
  readonly color: 'always' | 'never' | 'auto'
}

export function createTerminal({ stdout, stderr, color }: TerminalOptions): Terminal {
  const painter = (stream: WriteStream): Terminal['paint'] => {
    const on = color === 'always' || (color === 'auto' && stream.isTTY === true)
    return (style, text) => (on ? styleText(style as Style[], text, { validateStream: false }) : text)
  }
  return {
    live: stdout.isTTY === true,
    columns: () => stdout.columns || 100,
    width: () => (stdout.isTTY === true ? stdout.columns || 100 : Number.POSITIVE_INFINITY),
    rows: () => stdout.rows || 30,
    line: (text = '') => void stdout.write(`${text}\n`),
    write: (text) => void stdout.write(text),
    note: (text = '') => void stderr.write(`${text}\n`),
    paint: painter(stdout),
    paintNote: painter(stderr),
  }
}

/**
 * Removes control sequences from text of others, because a service's log or a note must not move the cursor, set the title or change
 * colours. Tabs stay.
 */
export const plain = (text: string): string =>
  text.replace(/\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, '').replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '')
