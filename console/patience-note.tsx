/**
 * Says that the API refused this page's requests as too many, and when the page sends them again. Otherwise a click would seem to do
 * nothing.
 */
import { useWaiting } from './use-waiting.ts'

export function PatienceNote() {
  const untilMs = useWaiting()
  return (
    <div role="status">
      {untilMs !== null && (
        <p className="caution">
          This client sent too many requests. The page sends them again at {new Date(untilMs).toLocaleTimeString()}; you need to
          do nothing.
        </p>
      )}
    </div>
  )
}
