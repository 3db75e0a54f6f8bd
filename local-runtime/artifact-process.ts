/**
 * The process that works on files of artifacts, separate from the data plane. It does one job after the other for the runtime. The runtime
 * kills it when a job takes too long. It ends with the runtime.
 */
import { Problem } from '../domain/problem.ts'
import type { ArtifactJob } from './artifact-jobs.ts'
import { doJob } from './artifact-jobs.ts'
import { artifactProblem } from './artifact-faults.ts'

process.on('disconnect', () => process.exit(0))
if (!process.connected) process.exit(0)
process.on('message', (job: ArtifactJob) => {
  try {
    process.send?.({ answer: doJob(job) })
  } catch (error) {
    const { code, message, hint } = error instanceof Problem ? error : artifactProblem(error)
    process.send?.({ problem: { code, detail: message, hint } })
  }
})
