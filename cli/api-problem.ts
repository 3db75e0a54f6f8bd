/** A refusal of the API as the command line reads it: an RFC 9457 document with any code. */
import { z } from 'zod'

export const ProblemDocument = z.looseObject({
  type: z.string().optional(),
  title: z.string().optional(),
  status: z.int().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
  hint: z.string().nullish(),
  errors: z.array(z.looseObject({ pointer: z.string(), detail: z.string() })).optional(),
  requestId: z.string().optional(),
})
export type ProblemDocument = z.infer<typeof ProblemDocument>

/** Thrown for every answer of the API that is not a success. `raw` is the text of the answer, for `--json`. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly document: ProblemDocument
  readonly raw: string

  constructor(status: number, document: ProblemDocument, raw: string) {
    super(document.detail ?? document.title ?? `the API answered ${status}`)
    this.name = 'ApiProblem'
    this.status = status
    this.code = document.code ?? 'internal'
    this.document = document
    this.raw = raw
  }
}

/** The problem of an answer. An answer that is no problem document, such as a proxy's page, is described by its status. */
export function apiProblem(status: number, text: string): ApiProblem {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    parsed = null
  }
  const document = ProblemDocument.safeParse(parsed)
  if (document.success) return new ApiProblem(status, document.data, text)
  const code = status >= 502 && status <= 504 ? 'unreachable' : 'internal'
  return new ApiProblem(status, { status, code, detail: `the API answered ${status} without saying why` }, text)
}
