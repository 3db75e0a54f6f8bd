import { expect } from 'chai'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { LogRequest } from './logs.ts'
import { sendLog, stampedLog } from './logs.ts'

async function logOf(content: string) {
  const folder = await mkdtemp(join(tmpdir(), 'logs-'))
  const file = join(folder, '0.log')
  await writeFile(file, content)
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

async function read(content: string, request: LogRequest): Promise<string> {
  await using log = await logOf(content)
  const out = new PassThrough()
  const [found] = await Promise.all([text(out), sendLog(log.file, request, out)])
  return found
}

describe('the log of a container', () => {
  const rows: readonly (readonly [content: string, request: LogRequest, found: string])[] = [
    ['a\nb\nc\n', {}, 'a\nb\nc\n'],
    ['a\nb\nc\n', { tailLines: 2 }, 'b\nc\n'],
    ['a\nb\nc', { tailLines: 1 }, 'c'],
    ['a\nb\n', { tailLines: 9 }, 'a\nb\n'],
    ['a\nb\n', { tailLines: 0 }, ''],
    ['', { tailLines: 3 }, ''],
    ['a\nb\nc\n', { tailLines: 2, limitBytes: 1 }, 'b'],
  ]
  for (const [content, request, found] of rows) {
    it(`${JSON.stringify(content)} asked by ${JSON.stringify(request)} is ${JSON.stringify(found)}`, async () => {
      expect(await read(content, request)).to.equal(found)
    })
  }

  it('has instants that rise, and that stay as more is printed', async () => {
    await using log = await logOf('a\nb\n')
    const before = (await stampedLog(log.file)).split('\n')
    await appendFile(log.file, 'c\n')
    const after = (await stampedLog(log.file, 2)).split('\n')
    expect(after[0]).to.equal(before[1])
    expect(after.map((line) => line.split(' ')[1])).to.deep.equal(['b', 'c', undefined])
    const instants = after.flatMap((line) => line.split(' ')[0] || [])
    expect(instants).to.deep.equal(instants.toSorted())
  })

  it('is read from its end, however long it is', async () => {
    const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index}\n`)
    expect(await read(lines.join(''), { tailLines: 20_000 })).to.equal(lines.slice(20_000).join(''))
  })

  it('is followed until the container ends', async () => {
    await using log = await logOf('one\n')
    const ended = Promise.withResolvers<void>()
    const out = new PassThrough()
    const sent = sendLog(log.file, { follow: ended.promise }, out)
    const chunks: string[] = []
    for await (const chunk of out.setEncoding('utf8') as AsyncIterable<string>) {
      chunks.push(chunk)
      if (chunk === 'one\n') await appendFile(log.file, 'two\n')
      if (chunk === 'two\n') {
        await appendFile(log.file, 'three\n')
        ended.resolve()
      }
    }
    await sent
    expect(chunks.join('')).to.equal('one\ntwo\nthree\n')
  })
})
