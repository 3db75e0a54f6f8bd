/** Temporal's dev server on loopback, with its data kept in one file and our search attributes known. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { listens } from './listens.ts'
import type { Child } from './process.ts'
import { freePort } from '../../adapters/free-port.ts'
import { endLeftover, startChild, untilUp } from './process.ts'

export interface RunningTemporal {
  readonly address: string
  readonly uiUrl: string
  readonly child: Child
  stop(): Promise<void>
}

export interface TemporalOptions {
  readonly path: string
  /** Holds the database, the log and the pid file. */
  readonly folder: string
  readonly port?: number
  readonly uiPort?: number
  /** Base of the codec server that the Web UI asks for what payloads say; `/decode` is appended. */
  readonly codecUrl?: string
}

export const searchAttributes = [
  'Service',
  'Environment',
  'ReleaseId',
  'Kind',
  'Phase',
  'Verdict',
  'RequestedBy',
  'Database',
] as const

export async function startTemporal({
  path,
  folder,
  port: wanted,
  uiPort: wantedUi,
  codecUrl,
}: TemporalOptions): Promise<RunningTemporal> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const [pidFile, logFile] = [join(folder, 'temporal.pid'), join(folder, 'temporal.log')]
  await endLeftover(pidFile)
  const [port, uiPort, metricsPort] = [await freePort(wanted), await freePort(wantedUi), await freePort()]
  const args = [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--ui-ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--ui-port',
    String(uiPort),
  ]
  args.push('--db-filename', join(folder, 'temporal.db'), '--metrics-port', String(metricsPort), '--log-level', 'warn')
  if (codecUrl !== undefined) args.push('--ui-codec-endpoint', codecUrl)
  args.push(...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]))
  const child = startChild({
    command: path,
    args,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    logFile,
    pidFile,
  })
  const address = `127.0.0.1:${port}`
  await untilUp('Temporal', child, logFile, async () => listens(child.pid, port) && (await isOurs(address)))
  return { address, uiUrl: `http://127.0.0.1:${uiPort}`, child, stop: () => child.stop() }
}

/** Up, and ours: only a server we started knows our attributes. */
async function isOurs(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 1_000 })
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' })
      return searchAttributes.every((name) => name in customAttributes)
    } finally {
      await connection.close()
    }
  } catch {
    return false
  }
}
