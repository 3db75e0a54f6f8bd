/** A server for hooks. It keeps their calls and answers as the test sets. */
import { createServer } from 'node:http'
import { until } from './until.ts'

export interface ReceivedCall {
  readonly atMs: number
  readonly idempotencyKey: string
  readonly told: Readonly<Record<string, unknown>>
  /** True once the caller hung up without an answer. */
  brokenOff: boolean
}

export interface HookReceiver extends AsyncDisposable {
  readonly url: string
  readonly calls: readonly ReceivedCall[]
  /** Sets the status of further answers; null to answer none. */
  answer(status: number | null): void
  /** Resolves with the call number `n`, from 1. */
  call(n: number): Promise<ReceivedCall>
}

export async function startHookReceiver(first: number | null = 200): Promise<HookReceiver> {
  const calls: ReceivedCall[] = []
  let status = first
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const told = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ReceivedCall['told']
      const call = { atMs: Date.now(), idempotencyKey: String(request.headers['idempotency-key']), told, brokenOff: false }
      calls.push(call)
      response.once('close', () => {
        call.brokenOff = !response.writableFinished
      })
      if (status !== null) response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}/hook`,
    calls,
    answer(next) {
      status = next
    },
    call: (n) => until(`call ${n} of a hook`, () => calls[n - 1], 60_000),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
