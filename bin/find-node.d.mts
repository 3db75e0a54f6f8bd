/** Types of find-node.mjs, which is JavaScript because it runs on Node 20. */
export const root: string
export const neededMajor: number

export interface Where {
  readonly version?: string
  readonly path?: string
  readonly folder?: string
}

export function findNode(where?: Where): string | null
export function missingNode(version?: string): string
export function compiledFolder(env?: Readonly<Record<string, string | undefined>>): string
export function goOn(node: string, args: readonly string[]): Promise<number>
