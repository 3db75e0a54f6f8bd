/** Turns an error of the file system into a sentence for the person who named the path. */
import { Problem, isProblem } from '../domain/problem.ts'
import { isOfTheDisk } from './artifact-jobs.ts'

const words: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `there is no ${path}, or it vanished while it was read`,
  ENOTDIR: (path) => `there is no ${path}: a part of that path is not a folder`,
  EACCES: (path) => `the user that runs Holdfast may not read ${path}`,
  EPERM: (path) => `the user that runs Holdfast may not read ${path}`,
  ELOOP: (path) => `${path} is a link that leads back to itself`,
  ENAMETOOLONG: (path) => `the path is too long: ${path.slice(0, 80)}…`,
  ERR_INVALID_ARG_VALUE: () => 'a path has no zero bytes',
}

const noSpace = 'free space on the disk'

/** True for a `artifactProblem` about the disk, from this process or another. */
export const isNoSpace = (error: unknown): boolean => isProblem(error, 'target-unavailable') && error.hint === noSpace

export function artifactProblem(error: unknown): Problem {
  const { code = '', path = 'the path', message } = error as NodeJS.ErrnoException
  if (isOfTheDisk(error))
    return new Problem('target-unavailable', `the local runtime cannot write: ${message}`, { hint: noSpace })
  const say = words[code]
  if (say) return new Problem('invalid-input', say(path), { hint: 'release a folder or file that is finished and readable' })
  if (/^E[A-Z]+$/.test(code)) return new Problem('invalid-input', `the artifact cannot be read: ${message}`)
  return new Problem('internal', message)
}
