/** Every refusal that a test meets is held against the OpenAPI document: a problem that an operation does not name is a fault of the document. */
import { routes } from '../../api/registry.ts'
import { problemsAt } from '../../schema/openapi.ts'

/** `POST /v1/keys not-allowed`: what was met so far in this process. */
export const metProblems = new Set<string>()

const shapes = routes.map((route) => ({
  route,
  method: route.verb.method,
  path: new RegExp(`^${route.verb.path.replaceAll(/\{[a-z]+\}/gi, '[^/]+')}$`),
}))

/** @throws Error where the document does not name it. Paths and methods that no route has are none of it. */
export function meet(method: string, url: string, answer: { readonly headers: Headers; readonly text: string }): void {
  if (!answer.headers.get('content-type')?.startsWith('application/problem+json')) return
  const [path = ''] = url.split('?')
  const shape = shapes.find((one) => one.method === method && one.path.test(path))
  const { code } = JSON.parse(answer.text) as { readonly code: string }
  if (!shape) return
  const { verb } = shape.route
  metProblems.add(`${verb.method} ${verb.path} ${code}`)
  if (!problemsAt(shape.route).some((one) => one === code))
    throw new Error(
      `${verb.method} ${verb.path} answers ${code}, which its operation in the OpenAPI document does not name: ${answer.text}`,
    )
}
