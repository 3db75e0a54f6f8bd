/** Artifacts, named by a path or a reference. Also prints the files that a release of a path would include. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Problem } from '../../domain/problem.ts'
import { ArtifactContents } from '../../schema/artifact.ts'
import type { Verb } from '../../schema/verb.ts'
import { verbOf } from '../../schema/verbs.ts'
import type { Answer } from '../client.ts'
import type { CliContext, Run } from '../context.ts'
import { isJson } from '../context.ts'
import { read } from '../api-answers.ts'
import { artifactLines } from '../view/artifact-lines.ts'
import { writeJson } from './answers.ts'

export type Artifact = { readonly ref: string } | { readonly path: string } | { readonly image: string }

/** To read a folder of a GiB from a slow disk takes minutes. The API's own limit is a little shorter. */
export const artifactTimeoutMs = 125_000

/**
 * `sha256:...` names a stored artifact, and `name@sha256:...` an image. Any other text is a path, relative to the working folder.
 * @throws Problem invalid-input
 */
export async function artifactOf(text: string | undefined, cwd: string): Promise<Artifact> {
  if (text?.startsWith('sha256:')) return { ref: text }
  if (text?.includes('@sha256:')) return { image: text }
  const path = resolve(cwd, text ?? '.')
  if (await stat(path).catch(() => null)) return { path }
  throw new Problem('invalid-input', `there is no file or folder ${path}`, {
    hint: '--artifact takes a path, a sha256 reference, or an image as name@sha256:<digest>',
  })
}

/** Prints which files a release would include, before any of them is read. A person who sees 150 MB or a wrong folder can still stop it. */
export async function tellContents(
  context: CliContext,
  artifact: Artifact,
  service: string | undefined,
  isQuiet: boolean,
): Promise<void> {
  if (!('path' in artifact) || isQuiet) return
  const { path } = artifact
  const { json } = await inspect(context, { path, service })
  for (const line of artifactLines(path, read(ArtifactContents, json), context.terminal.paint)) context.terminal.line(line)
}

export const showArtifact =
  (_: Verb): Run =>
  async (context, typed) => {
    const { terminal, cwd } = context
    const artifact = await artifactOf(typed.args.path, cwd)
    if (!('path' in artifact)) throw new Problem('invalid-input', 'a reference names a stored artifact', { hint: 'name a path' })
    const answer = await inspect(context, { path: artifact.path })
    if (isJson(typed)) return writeJson(terminal, answer)
    for (const line of artifactLines(artifact.path, read(ArtifactContents, answer.json), terminal.paint)) terminal.line(line)
  }

const inspect = (
  { client, signal }: CliContext,
  body: { readonly path: string; readonly service?: string | undefined },
): Promise<Answer> =>
  client.call({ method: 'POST', path: verbOf('artifact', 'inspect').path, body, timeoutMs: artifactTimeoutMs, signal })
