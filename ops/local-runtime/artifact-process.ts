/**
 * The process that touches files of artifacts, apart from the data plane: it takes one job after the other from the runtime, and is
 * killed where one takes too long. It ends with the runtime.
 */
import { Problem } from '../../domain/problem.ts'
import type { ArtifactJob } from './artifact-jobs.ts'
import { doJob } from './artifact-jobs.ts'
import { sentenceOf } from './artifact-faults.ts'

// Of the group, at an orderly end: what is under way is still answered, and the runtime ends this process then.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {})
process.on('disconnect', () => process.exit(0))
process.on('message', (job: ArtifactJob) => {
  try {
    process.send?.({ answer: doJob(job) })
  } catch (error) {
    const { code, message, hint } = error instanceof Problem ? error : sentenceOf(error)
    process.send?.({ problem: { code, detail: message, hint } })
  }
})
