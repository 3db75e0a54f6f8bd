/** Asks for confirmation: what will happen, the fields to fill in, and a button named for what it does. */
import type { ReactNode } from 'react'
import { useEffect, useRef, useState } from 'react'
import { Notice } from './notice.tsx'
import { PatienceNote } from './patience-note.tsx'

export interface Field {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly isNeeded?: boolean
  readonly longest?: number
  /** A list to choose from instead of a text field. */
  readonly options?: readonly { readonly value: string; readonly text: string }[]
}

/** The entered texts by name, trimmed; null when empty. */
export type Entered = Readonly<Record<string, string | null>>

interface Props {
  readonly title: string
  /** What will happen. */
  readonly effect: ReactNode
  readonly isDangerous: boolean
  readonly fields: readonly Field[]
  /** When the promise rejects, the dialog shows the error and stays open. */
  readonly onConfirm: (entered: Entered) => Promise<void>
  readonly onClose: () => void
}

export function Dialog({ title, effect, isDangerous, fields, onConfirm, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const [isAsking, setAsking] = useState(false)
  const [error, setError] = useState<unknown>(null)
  // For a modal dialog the browser keeps the focus inside, closes it on Escape, and returns the focus.
  useEffect(() => dialog.current?.showModal(), [])
  const confirm = async () => {
    setAsking(true)
    setError(null)
    try {
      await onConfirm(Object.fromEntries(fields.map((field) => [field.name, valueOf(field, typed).trim() || null])))
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
        <div id="dialog-effect">{effect}</div>
        {fields.map((field) => (
          <Entry
            key={field.name}
            field={field}
            value={valueOf(field, typed)}
            onChange={(value) => setTyped({ ...typed, [field.name]: value })}
          />
        ))}
        {error !== null && <Notice error={error} />}
        {isAsking && <PatienceNote />}
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

const valueOf = ({ name, options }: Field, typed: Readonly<Record<string, string>>): string =>
  typed[name] ?? options?.[0]?.value ?? ''

interface EntryProps {
  readonly field: Field
  readonly value: string
  readonly onChange: (value: string) => void
}

function Entry({ field: { label, hint, isNeeded = false, longest = 1_000, options }, value, onChange }: EntryProps) {
  return (
    <label>
      {label} {hint && <small className="quiet">{hint}</small>}
      {options ? (
        <select value={value} onChange={(event) => onChange(event.target.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
      ) : (
        <input value={value} maxLength={longest} required={isNeeded} onChange={(event) => onChange(event.target.value)} />
      )}
    </label>
  )
}
