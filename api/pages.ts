/** What browsers open: the console's files, and the documentation of the API. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { Middleware } from './middleware/state.ts'
import { sendFile } from './static-files.ts'

const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

const docsPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Holdfast API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="docs"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`

const docsStart = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })\n`

const isPage = (path: string): boolean => !path.startsWith('/v1/') && path !== '/v1'

/** GETs outside the API: files where there are some, else on to the routes. */
export const pages =
  (consoleFolder: string, document: unknown): Middleware =>
  async (ctx, next) => {
    const { path } = ctx
    if ((ctx.method !== 'GET' && ctx.method !== 'HEAD') || !isPage(path)) return next()
    if (path === '/openapi.json') return text('application/json', JSON.stringify(document))
    if (path === '/docs' || path === '/docs/') return text('text/html; charset=utf-8', docsPage)
    if (path === '/docs/start.js') return text('text/javascript; charset=utf-8', docsStart)
    if (path.startsWith('/docs/') && (await sendFile(ctx, swagger, path.slice('/docs'.length)))) return
    if (await sendFile(ctx, consoleFolder, path === '/' ? '/index.html' : path)) return
    return next()

    function text(type: string, body: string): void {
      ctx.type = type
      ctx.set('Cache-Control', 'no-cache')
      ctx.body = body
    }
  }
