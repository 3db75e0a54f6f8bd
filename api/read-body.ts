/** Reads a request's body, with a bound and a known media type, and reports where it is broken. */
import { Problem } from '../domain/problem.ts'
import { jsonFault } from './json-fault.ts'
import { maxBodyBytes } from '../schema/route-shape.ts'
import type { ApiContext } from './middleware/state.ts'

export interface Body {
  readonly text: string
  readonly isYaml: boolean
}

/** Not text/yaml: a page of another origin could send that without a preflight. */
const yamlTypes = ['application/yaml', 'application/x-yaml']

/** @throws Problem unsupported-media-type, body-too-large, malformed-body when it is not UTF-8 */
export async function readBody(ctx: ApiContext, media: 'json' | 'yaml'): Promise<Body> {
  const type = (ctx.get('Content-Type').split(';')[0] ?? '').trim().toLowerCase()
  const isYaml = media === 'yaml' && yamlTypes.includes(type)
  const hasBody = ctx.get('Transfer-Encoding') !== '' || Number(ctx.get('Content-Length') || 0) > 0
  if (type !== 'application/json' && !isYaml && (hasBody || type !== ''))
    throw new Problem('unsupported-media-type', `'${type || 'nothing'}' is not accepted here`, {
      hint: media === 'yaml' ? 'send application/json or application/yaml' : 'send application/json',
    })
  if (ctx.get('Content-Encoding') !== '') throw new Problem('unsupported-media-type', 'compressed bodies are not accepted')
  return { text: await readText(ctx), isYaml }
}

async function readText(ctx: ApiContext): Promise<string> {
  const tooLarge = () => {
    // The rest is not read, so the connection cannot be used again.
    ctx.set('Connection', 'close')
    return new Problem('body-too-large', `the body is larger than ${maxBodyBytes} bytes`)
  }
  if (Number(ctx.get('Content-Length') || 0) > maxBodyBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) throw tooLarge()
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw new Problem('malformed-body', 'the body is not UTF-8', { cause })
  }
}

/** The value of a JSON text; no text is `{}`. @throws Problem malformed-body with line and column */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { line, column } = jsonFault(text)
    throw new Problem('malformed-body', `the body is not JSON: line ${line}, column ${column}`, {
      errors: [{ pointer: '', detail: `line ${line}, column ${column}: unexpected here` }],
      more: { line, column },
      cause,
    })
  }
}
