/** Downloads: a file with the digest of our source, or no file at all. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { download, downloadMany } from '../../../ops/components/download.ts'

describe('an official download', () => {
  it('is unpacked when its digest is right, with progress while it comes', async () => {
    await using site = await createSite()
    const said: string[] = []
    await download({ url: site.url, digest: site.digest, member: 'tool', into: site.into }, (line) => said.push(line))
    expect(await readFile(site.into, 'utf8')).to.equal('#!/bin/sh\n')
    expect((await stat(site.into)).mode & 0o111).to.equal(0o111)
    expect(said.at(-1)).to.match(/100 %/)
  })

  it('of several programs lays all of them into one folder', async () => {
    await using site = await createSite()
    await downloadMany({ url: site.url, digest: site.sha512, members: ['tool', 'parts/other'], into: site.into }, () => {})
    expect((await readdir(site.into)).sort()).to.deep.equal(['other', 'tool'])
  })

  it('of several programs takes the place of a broken folder, of which nothing stays', async () => {
    await using site = await createSite()
    await mkdir(site.into)
    await writeFile(join(site.into, 'torn'), '')
    await downloadMany({ url: site.url, digest: site.sha512, members: ['tool', 'parts/other'], into: site.into }, () => {})
    expect((await readdir(site.into)).sort()).to.deep.equal(['other', 'tool'])
    expect((await readdir(site.folder)).filter((name) => name.startsWith('tool-'))).to.deep.equal(['tool-1.0.0'])
  })

  it('leaves nothing behind when its digest is wrong', async () => {
    await using site = await createSite()
    const failed = await failure(download({ url: site.url, digest: '0'.repeat(64), member: 'tool', into: site.into }, () => {}))
    expect(failed).to.match(/has another digest/)
    expect((await readdir(site.folder)).filter((name) => name.startsWith('tool-'))).to.deep.equal([])
  })

  it('names the host that refused it or cannot be reached', async () => {
    await using site = await createSite()
    const from = (url: string) => failure(download({ url, digest: site.digest, member: 'tool', into: site.into }, () => {}))
    expect(await from(`${site.url}/absent`)).to.match(/127\.0\.0\.1:\d+ answers 404/)
    expect(await from('http://127.0.0.1:1/x')).to.match(/127\.0\.0\.1:1 cannot be reached/)
  })
})

async function createSite() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-download-'))
  await mkdir(join(folder, 'parts'))
  for (const file of ['tool', 'parts/other']) await writeFile(join(folder, file), '#!/bin/sh\n')
  execFileSync('tar', ['-czf', join(folder, 'tool.tar.gz'), '-C', folder, 'tool', 'parts/other'])
  const archive = await readFile(join(folder, 'tool.tar.gz'))
  const server = createServer(({ url }, response) => {
    response.statusCode = url === '/tool.tar.gz' ? 200 : 404
    response.setHeader('content-length', url === '/tool.tar.gz' ? archive.length : 0)
    response.end(url === '/tool.tar.gz' ? archive : undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    folder,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tool.tar.gz`,
    digest: createHash('sha256').update(archive).digest('hex'),
    sha512: createHash('sha512').update(archive).digest('hex'),
    into: join(folder, 'tool-1.0.0'),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'it did not fail',
    (error: Error) => error.message,
  )
