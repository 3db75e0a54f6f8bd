/** The last lines that the replicas of a version printed, read again and again. */
import { useEffect, useRef, useState } from 'react'
import type { LogLine } from '../schema/service.ts'
import { LogLines } from '../schema/service.ts'
import { Notice } from './notice.tsx'
import { useRead } from './use-read.ts'

interface Props {
  readonly service: string
  readonly environment: string
  readonly version: string
}

const pollMs = 3_000
const mostLines = 200

/** Reads the lines only once it is opened: most visits to a page are not for its logs. */
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
  const query = `?version=${encodeURIComponent(version)}&lines=${mostLines}`
  const { data, error } = useRead(LogLines, `${path}${query}`, pollMs)
  const lines = data?.items ?? []
  return (
    <>
      {error !== null && <Notice error={error} />}
      {!data && error === null && <p className="quiet">Loading</p>}
      {data && lines.length === 0 && <p className="quiet">Nothing was printed.</p>}
      {lines.length > 0 && <Printed lines={lines} version={version} />}
    </>
  )
}

/** Shows the end and stays there, until the user scrolls up. */
function Printed({ lines, version }: { readonly lines: readonly LogLine[]; readonly version: string }) {
  const box = useRef<HTMLPreElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight
  }, [lines])
  const isOfSeveral = new Set(lines.map(({ replica }) => replica)).size > 1
  return (
    // A region that scrolls must be reachable by keyboard.
    <pre
      ref={box}
      tabIndex={0}
      aria-label={`Last lines of ${version}`}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 8
      }}
    >
      {lines
        .map(({ at, replica, line }) =>
          [new Date(at).toLocaleTimeString(), ...(isOfSeveral ? [shortOf(replica)] : []), line].join('  '),
        )
        .join('\n')}
    </pre>
  )
}

/** The short name that the command line uses too: `#0`. */
function shortOf(replica: string): string {
  const [, slot] = /^.+-(\d+)-\d+-[a-z0-9]+$/.exec(replica) ?? []
  return slot === undefined ? replica : `#${slot}`
}
