/** Builds the OpenAPI 3.1 document from the rows that the router is built from. */
import { z } from 'zod'
import type { ZodOpenApiOperationObject } from 'zod-openapi'
import { createDocument } from 'zod-openapi'
import type { ProblemCode } from '../domain/problem.ts'
import { problemRow } from '../domain/problem.ts'
import { ProblemAnswer } from './answers.ts'
import { operationOf, problemsOf } from './operations.ts'
import type { RouteShape } from './route-shape.ts'
import { maxBodyBytes } from './route-shape.ts'

/** @param declaration the JSON Schema of a declaration, which depends on the providers */
export function openApi(routes: readonly RouteShape[], declaration: Record<string, unknown>): unknown {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const route of routes) {
    const { method, path } = route.verb
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(route) }
  }
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version: '1',
      description: 'Holdfast releases versions step by step, measures them, and reverts one that is not good.',
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }, { session: [] }],
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key.' },
        session: { type: 'apiKey', in: 'cookie', name: 'holdfast_session', description: "The console's session." },
      },
    },
    paths,
  })
  const { $schema: _, ...schema } = declaration
  return {
    ...document,
    components: { ...document.components, schemas: { ...document.components?.schemas, Declaration: schema } },
  }
}

function operation(route: RouteShape): ZodOpenApiOperationObject {
  const { verb, query, body, media, answers } = route
  const names = [...verb.path.matchAll(/(?<=\{)[a-z]+(?=\})/g)].map(([name]) => name)
  const operation = operationOf(verb)
  const responses = Object.entries(answers).map(([status, schema]) => [
    status,
    answer(schema, route, operation.answers?.[Number(status)]),
  ])
  return {
    operationId: operationId(verb.path, verb.verb, verb.noun),
    summary: verb.summary,
    description: operation.description,
    tags: [verb.noun],
    ...(verb.action === 'public' ? { security: [] } : {}),
    'x-action': verb.action,
    'x-cost': verb.cost,
    requestParams: {
      path: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))),
      ...(query instanceof z.ZodObject ? { query } : {}),
      header: z.object(requestHeaders(route)),
    },
    ...requestBody(body, media, operation.body),
    responses: {
      ...refusals(route),
      ...Object.fromEntries(responses),
      default: {
        description: 'What went wrong.',
        headers: z.object({ ...refusalHeaders, ...limitsOf(route), ...(takesKey(route) ? replayed : {}) }),
        content: { 'application/problem+json': { schema: ProblemAnswer } },
      },
    },
  }
}

/** The problems that a route may answer. test/api/refusals.test.ts provokes each, and no test of the API may meet another. */
export const problemsAt = (route: RouteShape): readonly ProblemCode[] =>
  problemsOf(route.verb, { key: takesKey(route), stream: route.stream !== undefined })

/** The problems that this operation may answer, by status, each with its meaning. */
function refusals(route: RouteShape): ZodOpenApiOperationObject['responses'] {
  const byStatus = Map.groupBy(problemsAt(route), (code) => problemRow(code).status)
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${problemRow(code).title}.`).join(' '),
        content: { 'application/problem+json': { schema: ProblemAnswer, example: problemExample(codes[0] ?? 'internal') } },
      },
    ]),
  )
}

const problemExample = (code: ProblemCode) => ({
  type: `/docs/problems#${code}`,
  title: problemRow(code).title,
  status: problemRow(code).status,
  code,
  detail: problemRow(code).title.toLowerCase(),
  requestId: '0b0e7a52-5f0e-4a53-9a3e-1c1f3f1f0f11',
})

function requestBody(
  body: z.ZodType | undefined,
  media: RouteShape['media'],
  example: unknown,
): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  const description = `At most ${maxBodyBytes} bytes.`
  if (media === 'yaml') {
    const schema = { $ref: '#/components/schemas/Declaration' }
    return {
      requestBody: {
        required: true,
        description,
        content: { 'application/json': { schema, example }, 'application/yaml': { schema } },
      },
    }
  }
  return body ? { requestBody: { required: true, description, content: { 'application/json': { schema: body, example } } } } : {}
}

const takesKey = ({ verb, isReplayed }: RouteShape): boolean => verb.method !== 'GET' && isReplayed !== false

const described = (description: string) => z.string().optional().meta({ description })

const requestHeaders = (route: RouteShape): Record<string, z.ZodType> => ({
  ...(takesKey(route) ? { 'Idempotency-Key': z.string().min(1).max(255).optional() } : {}),
  ...(route.verb.method === 'PUT' && route.etag !== undefined
    ? {
        'If-Match': described('Tags. The declaration must have one of them.'),
        'If-None-Match': described('`*`: only when the service is not declared yet.'),
      }
    : {}),
  ...(route.stream?.resumes === true
    ? { 'Last-Event-ID': described('Id of the last event that the client got; the stream continues after it.') }
    : {}),
})

const replayed = { 'Idempotency-Replayed': described('`true`: this is the earlier answer to the same key.') }
const limitHeaders = {
  'RateLimit-Policy': described('Tokens in a full bucket, and the seconds in which an empty bucket fills.'),
  RateLimit: described('Tokens that are left, and the seconds until the bucket is full.'),
}
const refusalHeaders = {
  'Retry-After': described('Seconds after which the same request may succeed.'),
  Allow: described('With 405: the methods that are allowed.'),
}

/** An answer to a write that has links also gets the header Location. */
function responseHeaders(route: RouteShape, schema: z.ZodType | null): Record<string, z.ZodType> {
  const has = (member: string | undefined) => member !== undefined && schema instanceof z.ZodObject && member in schema.shape
  return {
    ...(route.verb.method !== 'GET' && has('links')
      ? { Location: z.string().meta({ description: 'Address of what the request changed.' }) }
      : {}),
    ...(has(route.etag) ? { ETag: z.string().meta({ description: 'Tag for If-Match.' }) } : {}),
    ...(takesKey(route) ? replayed : {}),
    ...limitsOf(route),
  }
}

const limitsOf = ({ verb }: RouteShape) => (verb.cost === 'free' ? {} : limitHeaders)

function answer(schema: z.ZodType | null, route: RouteShape, example: unknown) {
  const headers = responseHeaders(route, schema)
  const stream = route.stream && { 'text/event-stream': { schema: route.stream.item } }
  return {
    description: route.verb.summary,
    ...(Object.keys(headers).length > 0 ? { headers: z.object(headers) } : {}),
    ...(schema ? { content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) }, ...stream } } : {}),
  }
}

/** Several probes share one verb, so their id is their path. */
const operationId = (path: string, verb: string, noun: string): string =>
  path.startsWith('/v1/') ? `${noun}-${verb}` : path.slice(1)
