/**
 * The local command that stands for an image. The map is read anew at each pull, so that a test can add an image while the cluster runs.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'

const Image = z.strictObject({ command: z.array(z.string()).min(1), cwd: z.string().optional() })
const Images = z.record(z.string(), Image)

export interface Image {
  readonly command: readonly string[]
  readonly cwd?: string | undefined
}
export type Images = Readonly<Record<string, Image>>

export type Pull =
  | { readonly kind: 'pulled'; readonly image: Image }
  /** `reason` is the one that a kubelet shows in `state.waiting`. */
  | { readonly kind: 'failed'; readonly reason: PullFailure; readonly message: string }

export type PullFailure = 'ErrImagePull' | 'ErrImageNeverPull' | 'InvalidImageName'

/** A name, an optional tag, an optional digest. */
const reference = /^(?<name>[a-z0-9]+(?:[._:/-]+[a-z0-9]+)*?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/

/** @throws Error with a sentence for a file that cannot be read or has another shape */
export async function readImages(file: string): Promise<Images> {
  try {
    return Images.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    throw new Error(`the images in ${file} cannot be read: ${why}`, { cause: error })
  }
}

/** Looks for the reference itself, then for the same digest without the tag, then for `name:*`, which serves every tag and digest. */
export function pull(images: Images, asked: string, policy: string | undefined): Pull {
  const { name, tag, digest } = reference.exec(asked)?.groups ?? {}
  if (name === undefined) {
    const message = `Failed to apply default image tag "${asked}": couldn't parse image name "${asked}": invalid reference format`
    return { kind: 'failed', reason: 'InvalidImageName', message }
  }
  const keys = digest ? [asked, `${name}@${digest}`] : tag ? [asked] : [asked, `${name}:latest`]
  const found = [...keys, `${name}:*`].find((key) => Object.hasOwn(images, key))
  const image = found === undefined ? undefined : images[found]
  if (image) return { kind: 'pulled', image }
  if (policy === 'Never') {
    const message = `Container image "${asked}" is not present with pull policy of Never`
    return { kind: 'failed', reason: 'ErrImageNeverPull', message }
  }
  const message = `rpc error: code = NotFound desc = failed to pull and unpack image "${asked}": not found`
  return { kind: 'failed', reason: 'ErrImagePull', message }
}
