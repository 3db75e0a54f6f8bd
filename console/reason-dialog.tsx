/** Asks once more before something is asked of a release, and takes the reason that is recorded with it. */
import { useEffect, useRef, useState } from 'react'
import { Notice } from './notice.tsx'

export interface Wish {
  readonly reason: string | null
  /** A duration such as `10m`; null: as long as the API takes it to be. */
  readonly by: string | null
}

interface Props {
  readonly title: string
  /** What will happen, as a sentence. */
  readonly effect: string
  readonly isDangerous: boolean
  /** Asks for a duration too. */
  readonly hasDuration: boolean
  /** A rejection is shown, and the dialog stays. */
  readonly onConfirm: (wish: Wish) => Promise<void>
  readonly onClose: () => void
}

export function ReasonDialog({ title, effect, isDangerous, hasDuration, onConfirm, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [reason, setReason] = useState('')
  const [by, setBy] = useState('')
  const [isAsking, setAsking] = useState(false)
  const [error, setError] = useState<unknown>(null)
  // As a modal the browser keeps the focus inside, closes it by Escape, and gives the focus back.
  useEffect(() => dialog.current?.showModal(), [])
  const confirm = async () => {
    setAsking(true)
    setError(null)
    try {
      await onConfirm({ reason: reason.trim() || null, by: by.trim() || null })
      dialog.current?.close()
    } catch (failure) {
      setError(failure)
      setAsking(false)
    }
  }
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" aria-describedby="dialog-effect" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!isAsking) void confirm()
        }}
      >
        <h2 id="dialog-title">{title}</h2>
        <p id="dialog-effect">{effect}</p>
        {hasDuration && (
          <label>
            By <small className="quiet">such as 10m; the step's longest bake where empty</small>
            <input value={by} maxLength={20} onChange={(event) => setBy(event.target.value)} />
          </label>
        )}
        <label>
          Reason <small className="quiet">recorded with your name</small>
          <input value={reason} maxLength={1_000} onChange={(event) => setReason(event.target.value)} />
        </label>
        {error !== null && <Notice error={error} />}
        <div className="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" className={isDangerous ? 'danger' : 'primary'} disabled={isAsking}>
            {title}
          </button>
        </div>
      </form>
    </dialog>
  )
}
