/** Refuses images without a digest. A tag can be moved, so a release with one would not know what it brings back. */
import { isImageByDigest, longestImage } from '../../domain/plan/image.ts'
import { Problem } from '../../domain/problem.ts'

/** @throws Problem invalid-input for a reference without a digest */
export function assertImageByDigest(reference: string): void {
  if (isImageByDigest(reference)) return
  const isOther = /@/.test(reference)
  throw new Problem('invalid-input', `${JSON.stringify(reference.slice(0, longestImage))} does not name an image by its digest`, {
    hint: isOther
      ? 'write it as name@sha256:<64 hexadecimal digits>'
      : 'a tag may be moved, so the release would not know what it brings back: write it as name@sha256:<digest>, which the registry and the build print',
    errors: [{ pointer: '/artifact/image', detail: 'must be name@sha256:<digest>' }],
  })
}
