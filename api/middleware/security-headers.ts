/** Headers that stop a browser from being used against the API. The console has no inline scripts or styles. */
import helmet from 'koa-helmet'
import type { Middleware } from './state.ts'

const directives = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  fontSrc: ["'self'"],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
}

/** The API's docs come from a library that writes styles into the page. */
const docsDirectives = { ...directives, styleSrc: ["'self'", "'unsafe-inline'"] }

const headersWith = (policy: typeof directives) =>
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: policy },
    referrerPolicy: { policy: 'no-referrer' },
    // The API listens on loopback with plain HTTP.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  })

export function securityHeaders(): Middleware {
  const strict = headersWith(directives)
  const docs = headersWith(docsDirectives)
  return (ctx, next) => (ctx.path.startsWith('/docs') ? docs(ctx, next) : strict(ctx, next))
}
