/** Registry of workflow kinds, one line each. A rollback is the same machine under its own name. */
export { release } from './release.ts'
export { rollout, rollout as rollback } from './rollout.ts'
