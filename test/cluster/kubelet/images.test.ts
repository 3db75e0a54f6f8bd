import { expect } from 'chai'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pull, readImages } from './images.ts'

const digest = `sha256:${'a'.repeat(64)}`
const other = `sha256:${'b'.repeat(64)}`
const app = { command: ['app'] }
const images = {
  'reg.test:5000/shop/app:1.0': app,
  [`reg.test/app@${digest}`]: { command: ['by-digest'] },
  'any:*': { command: ['any'] },
  'plain:latest': { command: ['latest'] },
}

const commandOf = (asked: string): string => {
  const pulled = pull(images, asked, undefined)
  return pulled.kind === 'pulled' ? (pulled.image.command[0] ?? '') : pulled.reason
}

describe('the images of the process kubelet', () => {
  const rows: readonly (readonly [asked: string, command: string])[] = [
    ['reg.test:5000/shop/app:1.0', 'app'],
    ['reg.test:5000/shop/app:1.1', 'ErrImagePull'],
    ['reg.test:5000/shop/app', 'ErrImagePull'],
    [`reg.test/app@${digest}`, 'by-digest'],
    [`reg.test/app:9@${digest}`, 'by-digest'],
    [`reg.test/app@${other}`, 'ErrImagePull'],
    ['any:3', 'any'],
    [`any@${other}`, 'any'],
    ['any', 'any'],
    ['plain', 'latest'],
    ['toString', 'InvalidImageName'],
    ['constructor', 'ErrImagePull'],
    ['Upper/Case:1', 'InvalidImageName'],
    ['shop:', 'InvalidImageName'],
    ['', 'InvalidImageName'],
    ['shop@sha256:12', 'InvalidImageName'],
  ]
  for (const [asked, command] of rows) {
    it(`answer "${asked.replace(/[ab]{64}/, '...')}" with ${command}`, () => {
      expect(commandOf(asked)).to.equal(command)
    })
  }

  it('answer ErrImageNeverPull when the pod forbids to pull', () => {
    expect(pull(images, 'shop:2', 'Never')).to.include({ kind: 'failed', reason: 'ErrImageNeverPull' })
  })

  for (const [what, text] of [
    ['half a file', '{'],
    ['an image without a command', '{"shop:1": {}}'],
    ['a list', '[]'],
  ] as const)
    it(`that are ${what} are refused with the file's name`, async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-images-'))
      const file = join(folder.path, 'images.json')
      await writeFile(file, text)
      const refused = await readImages(file).then(() => expect.fail('it was read'), String)
      expect(refused).to.include(`the images in ${file} cannot be read: `)
    })
})
