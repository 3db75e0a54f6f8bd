/** What the replicas of a version print: its last lines, read again while the page is looked at. */
import { useState } from 'react'
import { Notice } from './notice.tsx'
import { useRead } from './use-read.ts'

interface Line {
  readonly replica: string
  readonly version: string
  readonly line: string
}

interface Props {
  readonly service: string
  readonly environment: string
  readonly version: string
}

const pollMs = 3_000
const lines = 200

/** Asked for when it is opened: most visits to a page are not for its logs. */
export function Logs(props: Props) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details className="logs" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What {props.version} prints</summary>
      {isOpen && <Lines {...props} />}
    </details>
  )
}

function Lines({ service, environment, version }: Props) {
  const path = `/v1/services/${encodeURIComponent(service)}/environments/${encodeURIComponent(environment)}/logs`
  const { data, error } = useRead<{ items: readonly Line[] }>(
    `${path}?version=${encodeURIComponent(version)}&lines=${lines}`,
    pollMs,
  )
  if (error !== null) return <Notice error={error} />
  if (!data) return <p className="quiet">Loading</p>
  if (data.items.length === 0) return <p className="quiet">Nothing was printed.</p>
  return (
    // A region that scrolls must be reachable by keyboard.
    <pre tabIndex={0} aria-label={`Last lines of ${version}`}>
      {data.items.map(({ line }) => line).join('\n')}
    </pre>
  )
}
