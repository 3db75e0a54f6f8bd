import type { A } from './ring-a.ts'
export type B = A
