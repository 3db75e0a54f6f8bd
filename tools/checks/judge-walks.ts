/**
 * A walk in ARCHITECTURE.md is an ordered list, and each list is one direction. It enters no room twice in one direction, except where the
 * text says `again:` in front of the file.
 */
import type { Finding } from './judge-imports.ts'
import { roomOf } from './room-of.ts'

/** These two answer at once, so they stand in brackets and are no part of the way. */
const bracketed = /^(domain|schema)\//

/** Matches a file or a folder in backticks, and whether the text says that the walk has been in its room. */
const mention = /(?<again>\bagain:\s+)?`(?<path>[\w.-]+\/(?:[\w./-]*\/|[\w./-]*\.(?:tsx?|sql)|))`/g

interface Step {
  readonly line: number
  readonly isFirst: boolean
  readonly text: string
}

export function judgeWalks(file: string, text: string): Finding[] {
  const findings: Finding[] = []
  let entered = new Set<string>()
  for (const { line, isFirst, text: words } of stepsOf(text)) {
    const say = (at: number, message: string) =>
      findings.push({ file, line: line + words.slice(0, at).split('\n').length - 1, message })
    if (isFirst) entered = new Set()
    if (!/^\d+\. (?:again:\s+)?`[\w.-]+\//.test(words)) say(0, 'a step of a walk begins with the file that it enters by')
    let inside: string | undefined
    for (const { index, groups } of withoutBrackets(words, say).matchAll(mention)) {
      const path = groups?.path ?? ''
      const room = roomOf(path.endsWith('/') ? `${path}any` : path)
      const saysAgain = groups?.again !== undefined
      if (room === inside && !saysAgain) continue
      if (entered.has(room) && !saysAgain) say(index, `the walk enters ${room} twice: say 'again:' and why, or take another way`)
      if (!entered.has(room) && saysAgain) say(index, `the walk says 'again:', but has not been in ${room}`)
      entered.add(room)
      inside = room
    }
  }
  return findings
}

/** Each numbered line with the indented lines that continue it. */
function stepsOf(text: string): readonly Step[] {
  const steps: Step[] = []
  let isOpen = false
  for (const [index, line] of text.split('\n').entries()) {
    const last = steps.at(-1)
    if (/^\d+\. /.test(line)) steps.push({ line: index + 1, isFirst: line.startsWith('1. '), text: line })
    else if (isOpen && last && /^\s+\S/.test(line)) steps[steps.length - 1] = { ...last, text: `${last.text}\n${line}` }
    isOpen = /^(\d+\. |\s+\S)/.test(line)
  }
  return steps
}

/** The text with blanks for what is in brackets, where no room of the way may hide. */
function withoutBrackets(text: string, say: (at: number, message: string) => void): string {
  return text.replaceAll(/\[[^\]]*\]/g, (inside, at: number) => {
    for (const { groups } of inside.matchAll(mention))
      if (!bracketed.test(groups?.path ?? '')) say(at, `${groups?.path} is part of the way, so it does not stand in brackets`)
    return inside.replaceAll(/[^\n]/g, ' ')
  })
}
