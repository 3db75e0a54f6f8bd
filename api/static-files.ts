/** Files of a folder: the built console at /, the documentation's page at /docs. Nothing outside the folder is read. */
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import type { ApiContext } from './middleware/state.ts'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

export interface StaticFile {
  readonly file: string
  readonly type: string
  readonly bytes: number
}

/** The file at `path` (decoded, beginning with a slash) of `folder`; null when there is no such file. */
export async function findFile(folder: string, path: string): Promise<StaticFile | null> {
  const type = types[extname(path)]
  if (type === undefined || path.includes('\0')) return null
  try {
    const root = await realpath(folder)
    const file = await realpath(join(root, path))
    const found = await stat(file)
    return file.startsWith(root + sep) && found.isFile() ? { file, type, bytes: found.size } : null
  } catch {
    return null
  }
}

export function sendFile(ctx: ApiContext, { file, type, bytes }: StaticFile): void {
  ctx.status = 200
  ctx.type = type
  ctx.length = bytes
  // Names in assets/ contain the hash of the content.
  ctx.set('Cache-Control', ctx.path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
  ctx.body = ctx.method === 'HEAD' ? null : createReadStream(file)
}
