// What the linter must refuse everywhere, and the rule it must name.
import { type Stats } from 'node:fs' // no-import-type-side-effects
export default 1 // no-default-export
export const anything: any = 1 // no-explicit-any
// @ts-ignore // ban-ts-comment
export const stats = {} as Stats
async function later(): Promise<void> {}
later() // no-floating-promises
export function name(kind: 'a' | 'b'): string | undefined {
  switch (kind) { // switch-exhaustiveness-check
    case 'a':
      return 'a'
  }
}
export const thrower = () => {
  throw 'text' // only-throw-error
}
