/**
 * The demo service answers a page, and fails as configured. It is plain JavaScript without packages, because it is an artifact and no part
 * of Holdfast.
 *
 * Beside it lies behaviour.json: { "version": "1.1.0", "mode": "healthy", "rate": 0.05, "afterMs": 0, "delayMs": 300 }. The environment
 * overrides it: DEMO_VERSION, DEMO_MODE, DEMO_RATE, DEMO_AFTER_MS, DEMO_DELAY_MS. Modes, from `afterMs` after the start on: healthy every
 * answer is 200 errors a share `rate` of the answers is 500 slow every answer takes `delayMs` longer unauthorized every answer is 401 hang
 * requests are accepted and never answered crash the process ends (with afterMs 0: before it listens) never-ready the health check answers
 * 503 slow-start it listens only `delayMs` after its start DEMO_SWITCH names a file; while it exists, its content ({ "mode": ..., "rate":
 * ..., "version": "1.1.0" }) holds for that version.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const read = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}

const declared = read(new URL('behaviour.json', import.meta.url))
const { env } = process
const version = env.DEMO_VERSION ?? declared.version ?? '0.0.0'
const own = {
  mode: env.DEMO_MODE ?? declared.mode ?? 'healthy',
  rate: Number(env.DEMO_RATE ?? declared.rate ?? 0.05),
  afterMs: Number(env.DEMO_AFTER_MS ?? declared.afterMs ?? 0),
  delayMs: Number(env.DEMO_DELAY_MS ?? declared.delayMs ?? 300),
}
const startedAtMs = Date.now()

let switched = env.DEMO_SWITCH ? read(env.DEMO_SWITCH) : {}
if (env.DEMO_SWITCH)
  setInterval(() => {
    switched = read(env.DEMO_SWITCH)
    // The switch can also crash a process that was healthy so far.
    if (behaviour().mode === 'crash' && Date.now() - startedAtMs >= behaviour().afterMs) crash()
  }, 200)

/** The present behaviour. */
function behaviour() {
  if (switched.mode && (switched.version === undefined || switched.version === version)) return { ...own, ...switched }
  return Date.now() - startedAtMs >= own.afterMs ? own : { ...own, mode: 'healthy' }
}

const page = `<!doctype html><title>Demo</title><h1>Demo ${version}</h1>`

const server = createServer(async (request, response) => {
  const { mode, rate, delayMs } = behaviour()
  const answer = (status, text) => response.writeHead(status, { 'content-type': 'text/html', 'x-version': version }).end(text)
  if (request.url === '/healthz') return answer(mode === 'never-ready' ? 503 : 200, mode)
  if (mode === 'hang') return
  if (mode === 'unauthorized') return answer(401, 'who are you?')
  if (mode === 'slow') await sleep(delayMs)
  if (mode === 'errors' && Math.random() < rate) return answer(500, 'broken')
  return answer(200, page)
})

if (own.mode === 'crash' && own.afterMs === 0) crash()
/** Prints a last line, like a process that throws. */
function crash() {
  console.error(`demo ${version} crashes: out of luck`)
  process.exit(1)
}
if (own.mode === 'crash') setTimeout(crash, own.afterMs)
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
if (behaviour().mode === 'slow-start') await sleep(behaviour().delayMs)
server.listen(Number(env.PORT), env.HOST, () => console.log(`demo ${version} listens on ${env.PORT}`))
