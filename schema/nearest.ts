/** The word that a person probably meant: the known word with the fewest edits, if it is near enough. */

/** The nearest of `known`, or undefined when none is within a third of the word's length (at least two edits). */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // A long text is no mistyped name, and the comparison takes time with its length.
  if (word.length > 100) return undefined
  const limit = Math.max(2, Math.floor(word.length / 3))
  const [best] = known
    .map((candidate) => ({ candidate, edits: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits)
  return best && best.edits <= limit ? best.candidate : undefined
}

/** Insertions, removals, replacements between two words. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
