/** Files out of a folder: the built console at /, the documentation's page at /docs. Nothing outside the folder is ever read. */
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

/** Answers `path` (decoded, beginning with a slash) from `folder`; false when there is no such file. */
export async function sendFile(ctx: ApiContext, folder: string, path: string): Promise<boolean> {
  const type = types[extname(path)]
  if (type === undefined || path.includes('\0')) return false
  try {
    const root = await realpath(folder)
    const file = await realpath(join(root, path))
    const found = await stat(file)
    if (!file.startsWith(root + sep) || !found.isFile()) return false
    ctx.status = 200
    ctx.type = type
    ctx.length = found.size
    // Names in assets/ carry their content's hash.
    ctx.set('Cache-Control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
    if (ctx.method === 'HEAD') ctx.body = null
    else ctx.body = createReadStream(file)
    return true
  } catch {
    return false
  }
}
