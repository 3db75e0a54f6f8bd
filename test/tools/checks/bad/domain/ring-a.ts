import type { B } from './ring-b.ts'
export type A = B
// cycle: domain/ring-a.ts -> domain/ring-b.ts -> domain/ring-a.ts
