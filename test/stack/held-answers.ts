/** Compares every answer that a test of the API gets with the OpenAPI document and its schemas. An unknown answer is a fault. */
import { routes } from '../../api/registry.ts'
import { problemsAt } from '../../schema/openapi.ts'

/** The problems that this process has met so far, for example `POST /v1/keys not-allowed`. */
export const metProblems = new Set<string>()

const shapes = routes.map((route) => ({
  route,
  method: route.verb.method,
  path: new RegExp(`^${route.verb.path.replaceAll(/\{[a-z]+\}/gi, '[^/]+')}$`),
}))

interface Met {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Ignores paths and methods without a route. @throws Error when the document has no such answer or problem */
export function meet(method: string, url: string, answer: Met): void {
  const [path = ''] = url.split('?')
  const shape = shapes.find((one) => one.method === method && one.path.test(path))
  if (!shape) return
  const type = answer.headers.get('content-type') ?? ''
  if (type.startsWith('application/problem+json')) meetProblem(shape.route, answer.text)
  else if (type.startsWith('application/json')) meetAnswer(shape.route, answer)
}

type Route = (typeof shapes)[number]['route']

function meetProblem(route: Route, text: string): void {
  const { code } = JSON.parse(text) as { readonly code: string }
  const operation = `${route.verb.method} ${route.verb.path}`
  metProblems.add(`${operation} ${code}`)
  if (!problemsAt(route).some((one) => one === code))
    throw new Error(`${operation} answers ${code}, which its operation in the OpenAPI document does not name: ${text}`)
}

function meetAnswer({ verb, answers }: Route, { status, text }: Met): void {
  const read = answers[status]?.safeParse(JSON.parse(text))
  if (read === undefined || read.success) return
  const faults = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  throw new Error(
    `${verb.method} ${verb.path} answers ${status} with what its schema does not know: ${faults}: ${text.slice(0, 2_000)}`,
  )
}
