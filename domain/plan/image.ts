/** References to images, as the Open Container Initiative writes them. Only a digest identifies an image, because a tag can be moved. */

const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const host =
  '(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?'
const name = `(?:${host}/)?${part}(?:/${part})*`
const byDigest = new RegExp(`^${name}(?::[\\w][\\w.-]{0,127})?@sha256:[0-9a-f]{64}$`)

/** The longest reference, in characters. */
export const longestImage = 512

export const isImageByDigest = (reference: string): boolean => reference.length <= longestImage && byDigest.test(reference)
