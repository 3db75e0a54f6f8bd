/** Pages for browsers: the console's files, and the documentation of the API. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { Middleware } from './middleware/state.ts'
import { notTaken } from './not-found.ts'
import { problemPage } from './problem-page.ts'
import type { StaticFile } from './static-files.ts'
import { findFile, sendFile } from './static-files.ts'

const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

const docsPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Holdfast API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="docs"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`

const docsStart = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })\n`

const isPage = (path: string): boolean => !path.startsWith('/v1/') && path !== '/v1'

interface Page {
  readonly type: string
  readonly text: string
}

/** Answers GET and HEAD of pages and files. Other paths pass on to the routes. */
export const pages = (consoleFolder: string, document: unknown): Middleware => {
  const docs: Page = { type: 'text/html; charset=utf-8', text: docsPage }
  const written: Readonly<Record<string, Page>> = {
    '/openapi.json': { type: 'application/json', text: JSON.stringify(document) },
    '/docs': docs,
    '/docs/': docs,
    '/docs/problems': { ...docs, text: problemPage() },
    '/docs/start.js': { type: 'text/javascript; charset=utf-8', text: docsStart },
  }
  return async (ctx, next) => {
    const { path, method } = ctx
    if (!isPage(path)) return next()
    const page = Object.hasOwn(written, path) ? written[path] : undefined
    const file = page ? null : await fileAt(consoleFolder, path)
    if (!page && !file) return next()
    if (method !== 'GET' && method !== 'HEAD') throw notTaken(method, ['HEAD', 'GET'])
    if (file) return sendFile(ctx, file)
    ctx.type = page?.type ?? ''
    ctx.set('Cache-Control', 'no-cache')
    ctx.body = page?.text
  }
}

const fileAt = async (consoleFolder: string, path: string): Promise<StaticFile | null> =>
  (path.startsWith('/docs/') ? await findFile(swagger, path.slice('/docs'.length)) : null) ??
  findFile(consoleFolder, path === '/' ? '/index.html' : path)
