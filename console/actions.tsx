/** What may be asked of a release now, each with who and why recorded by the API. */
import { useState } from 'react'
import { Notice } from './notice.tsx'
import { ask } from './requests.ts'

const words: Readonly<Record<string, string>> = {
  pause: 'Pause',
  resume: 'Resume',
  promote: 'Promote',
  'promote-fully': 'Promote fully',
  abort: 'Abort',
  extend: 'Extend',
  'retry-way-back': 'Retry the way back',
  'accept-as-is': 'Accept as it is',
}

export function Actions({ path, legal }: { readonly path: string; readonly legal: readonly string[] }) {
  const [reason, setReason] = useState('')
  const [asking, setAsking] = useState(false)
  const [error, setError] = useState<unknown>(null)
  if (legal.length === 0) return null
  const request = async (kind: string) => {
    setAsking(true)
    setError(null)
    try {
      await ask('POST', `${path}/${kind}`, { reason: reason === '' ? null : reason })
      setReason('')
    } catch (failure) {
      setError(failure)
    } finally {
      setAsking(false)
    }
  }
  return (
    <form className="actions" aria-label="Actions" onSubmit={(event) => event.preventDefault()}>
      <label>
        Reason <input value={reason} maxLength={1_000} onChange={(event) => setReason(event.target.value)} />
      </label>
      {legal.map((kind) => (
        <button
          key={kind}
          type="button"
          disabled={asking}
          className={kind === 'abort' ? 'danger' : ''}
          onClick={() => void request(kind)}
        >
          {words[kind] ?? kind}
        </button>
      ))}
      {error !== null && <Notice error={error} />}
    </form>
  )
}
