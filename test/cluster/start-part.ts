/** Starts a process of a cluster, inside the cluster's network. It outlives its starter, and `down` ends it by its pid file. */
import { once } from 'node:events'
import type { Server } from 'node:net'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { inherited } from '../../adapters/process/inherited.ts'
import type { Child } from '../../ops/components/process.ts'
import { startChild, untilUp } from '../../ops/components/process.ts'
import type { ClusterHome } from './cluster-home.ts'
import { inside } from './network.ts'
import type { Part } from './parts.ts'

export function start(home: ClusterHome, { name, command, args, path = [], variables }: Part, listener?: Server): Child {
  const own = inherited()
  const child = startChild({
    ...inside(home.network, command, args),
    env: { ...own, ...variables, PATH: [...path, own.PATH].join(delimiter) },
    cwd: home.folder,
    logFile: logOf(home, name),
    pidFile: join(home.folder, `${name}.pid`),
    ...(listener ? { listener } : {}),
  })
  child.leave()
  return child
}

/** Starts a part and resolves when `isUp` answers true. @throws Problem component-missing with the end of the part's log */
export const startUntil = (home: ClusterHome, part: Part, isUp: () => Promise<boolean>, withinMs: number): Promise<void> =>
  untilUp(part.name, start(home, part), logOf(home, part.name), isUp, withinMs)

export const logOf = ({ folder }: ClusterHome, name: string): string => join(folder, 'logs', `${name}.log`)

/** A process inside the network that forwards what comes to the listener, which was opened outside, to an address inside. */
export const forwardPart = (name: string, address: string, port: number): Part => ({
  name: `forward-${name}`,
  command: process.execPath,
  args: [join(import.meta.dirname, 'forward.ts'), address, String(port)],
})

export async function listening(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
