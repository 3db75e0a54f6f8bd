/** References to images, as the Open Container Initiative writes them. Only a digest identifies an image, because a tag can be moved. */
import { Problem } from '../../domain/problem.ts'

const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const host =
  '(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?'
const name = `(?:${host}/)?${part}(?:/${part})*`
const byDigest = new RegExp(`^${name}(?::[\\w][\\w.-]{0,127})?@sha256:[0-9a-f]{64}$`)
const longest = 512

export const isImageByDigest = (reference: string): boolean => reference.length <= longest && byDigest.test(reference)

/** @throws Problem invalid-input for a reference without a digest */
export function assertImageByDigest(reference: string): void {
  if (isImageByDigest(reference)) return
  const isOther = /@/.test(reference)
  throw new Problem('invalid-input', `${JSON.stringify(reference.slice(0, longest))} does not name an image by its digest`, {
    hint: isOther
      ? 'write it as name@sha256:<64 hexadecimal digits>'
      : 'a tag may be moved, so the release would not know what it brings back: write it as name@sha256:<digest>, which the registry and the build print',
    errors: [{ pointer: '/artifact/ref', detail: 'must be name@sha256:<digest>' }],
  })
}
