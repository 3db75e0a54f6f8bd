/** Says that this page was refused for asking too often, and when it asks again: a button that does nothing would be no answer. */
import { useWaiting } from './use-waiting.ts'

export function PatienceNote() {
  const untilMs = useWaiting()
  return (
    <div role="status">
      {untilMs !== null && (
        <p className="caution">
          Too many requests of this client. What was refused is sent again at {new Date(untilMs).toLocaleTimeString()}; nothing is
          to be done.
        </p>
      )}
    </div>
  )
}
