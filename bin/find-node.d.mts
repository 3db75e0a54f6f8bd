/** What TypeScript may know of find-node.mjs, which itself runs where no TypeScript does. */
export const root: string
export const neededMajor: number

export interface Where {
  readonly version?: string
  readonly path?: string
  readonly folder?: string
}

export function findNode(where?: Where): string | null
export function missingNode(version?: string): string
export function goOn(node: string, args: readonly string[]): Promise<number>
