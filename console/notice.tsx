/** A failure, with its remedy. */
import { ConsoleProblem, NoAnswer } from './requests.ts'

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export function Notice({ error }: { readonly error: unknown }) {
  const hint = error instanceof ConsoleProblem || error instanceof NoAnswer ? error.hint : undefined
  return (
    <div className="notice" role="alert">
      <strong>{capital(error instanceof Error ? error.message : String(error))}</strong>
      {hint && <p>{hint}</p>}
    </div>
  )
}
