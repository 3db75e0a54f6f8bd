/** A real local runtime of another version: a copy of the sources in which the protocol differs. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runtimeProtocol } from '../../adapters/local-runtime/protocol.ts'
import type { Child } from '../../ops/components/process.ts'
import { startChild, untilUp } from '../../ops/components/process.ts'
import { answering } from '../../ops/up/answering.ts'

const root = join(import.meta.dirname, '../..')

/** By file, a text of today's sources and the one that another version has instead. */
type Difference = readonly (readonly [file: string, now: string, then: string])[]

const protocol = 'adapters/local-runtime/protocol.ts'
const server = 'local-runtime/control-server.ts'
export const otherVersions = {
  'of the next protocol': [[protocol, `runtimeProtocol = ${runtimeProtocol}`, `runtimeProtocol = ${runtimeProtocol + 1}`]],
  'from before there was a number': [
    [server, 'onTheWire(handlersOf(runtime, about))', 'handlersOf(runtime, about)'],
    [server, ', [wire.protocolHeader]: wire.runtimeProtocol', ''],
    [server, 'protocol: wire.runtimeProtocol,', ''],
    [server, /services: .*/.exec(readFileSync(join(root, server), 'utf8'))?.[0] ?? '', ''],
  ],
} as const satisfies Record<string, Difference>

export interface OtherRuntime extends AsyncDisposable {
  readonly child: Child
}

/**
 * Starts it and resolves once it answers on `socket`.
 * @param folder of its sources, its log and its home, which is `folder`/runtime
 * @param pidFile by which a starter finds it
 */
export async function startOtherRuntime(
  version: keyof typeof otherVersions,
  { folder, socket, pidFile }: { readonly folder: string; readonly socket: string; readonly pidFile?: string },
): Promise<OtherRuntime> {
  const sources = join(folder, 'checkout')
  mkdirSync(sources)
  for (const room of ['adapters', 'domain', 'local-runtime', 'package.json'])
    cpSync(join(root, room), join(sources, room), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(sources, 'node_modules'))
  for (const [file, now, then] of otherVersions[version]) {
    const text = readFileSync(join(sources, file), 'utf8')
    if (now === '' || !text.includes(now)) throw new Error(`${file} no longer has '${now}'`)
    writeFileSync(join(sources, file), text.replace(now, then))
  }
  const logFile = join(folder, 'other-runtime.log')
  const child = startChild({
    command: process.execPath,
    args: [join(sources, 'local-runtime/main.ts'), '--home', join(folder, 'runtime'), '--socket', socket],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    logFile,
    ...(pidFile === undefined ? {} : { pidFile }),
  })
  const answers = () =>
    answering(socket).then(
      () => true,
      () => false,
    )
  await untilUp('the other runtime', child, logFile, answers)
  return { child, [Symbol.asyncDispose]: () => child.stop(20_000) }
}
