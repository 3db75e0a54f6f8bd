/**
 * `holdfast traffic`: sends requests to a service without traffic, so that the analysis can judge a canary. Bounded, and on this machine
 * only.
 */
import { z } from 'zod'
import { isLoopback } from '../../domain/plan/loopback.ts'
import { Problem } from '../../domain/problem.ts'
import { EnvironmentView } from '../../schema/service.ts'
import { verbOf } from '../../schema/verbs.ts'
import type { LoadReport } from '../traffic/load.ts'
import type { CliContext, Run, Typed } from '../context.ts'
import { argument, flagText } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { exitCodes } from '../exit-codes.ts'
import { read } from '../api-answers.ts'
import { countText, padStart, tableLines } from '../view/columns.ts'
import { durationText, parseDuration } from '../view/duration.ts'
import { createLiveScreen } from '../view/live-screen.ts'
import { requestsPerSecond } from './init.ts'
import { withEnvironment } from './with-environment.ts'
import { pathOf } from './request.ts'

const mostRps = 2_000
const mostMs = 24 * 3_600_000

const Environment = z.object({ traffic: EnvironmentView.shape.traffic.unwrap().pick({ url: true }).nullish() })

/** Without `--for` it runs until Ctrl-C, for a day at most. */
export const sendTraffic: Run = async (context, input): Promise<ExitCode> => {
  const rps = requestsPerSecond(flagText(input, 'rps') ?? '')
  if (rps > mostRps)
    throw new Problem('invalid-input', `at most ${mostRps} requests a second`, { hint: 'this command is not a load test' })
  const typed = await withEnvironment(context, input)
  const forText = flagText(typed, 'for')
  const forMs = Math.min(mostMs, forText === undefined ? mostMs : parseDuration(forText))
  const url = await targetUrl(context, typed)
  const { openLoop } = await import('../traffic/load.ts')
  const counts = createCounts()
  const stop = show(context, url, rps, counts)
  try {
    const report = await openLoop({
      url,
      rps,
      forMs,
      maxSockets: 64,
      timeoutMs: 15_000,
      signal: context.signal,
      onAnswer: counts.add,
    })
    stop()
    summary(context, report)
  } finally {
    stop()
  }
  return context.signal.aborted ? exitCodes.interrupted : exitCodes.done
}

async function targetUrl({ client, signal }: CliContext, typed: Typed): Promise<string> {
  const service = argument(typed, 'service')
  const environment = flagText(typed, 'environment') ?? ''
  const path = pathOf(verbOf('environment', 'show').path, { service, environment })
  const { traffic } = read(Environment, (await client.call({ method: 'GET', path, signal })).json)
  if (!traffic?.url)
    throw new Problem('target-unavailable', `${service} has no address in ${environment} yet`, {
      hint: `holdfast release start ${service}`,
    })
  const url = new URL(flagText(typed, 'path') ?? '/', traffic.url)
  if (!isLoopback(url.hostname) || url.host !== new URL(traffic.url).host)
    throw new Problem('invalid-input', `${url.host} is not this machine`, {
      hint: 'load is sent to services on this machine only',
    })
  return url.href
}

/** The name for answers that do not say which version sent them. */
const unnamed = 'unknown'
const versionText = (version: string, isOnly: boolean): string =>
  version !== unnamed ? version : isOnly ? 'all' : 'without a version'

interface Counted {
  requests: number
  failures: number
}

function createCounts() {
  const versions = new Map<string, Counted>()
  return {
    versions,
    add({ version = unnamed, failure }: { readonly version: string | undefined; readonly failure: string | undefined }): void {
      const counted = versions.get(version) ?? { requests: 0, failures: 0 }
      counted.requests += 1
      if (failure !== undefined) counted.failures += 1
      versions.set(version, counted)
    },
  }
}

/** Prints the counts every second on a terminal, every ten seconds in a pipe. Call the returned function to end it. */
function show({ terminal }: CliContext, url: string, rps: number, { versions }: ReturnType<typeof createCounts>): () => void {
  const { live, paint } = terminal
  const startedAt = performance.now()
  const screen = live ? createLiveScreen(terminal) : null
  const draw = (): void => {
    const head = `${rps} requests a second to ${url}  ${durationText(performance.now() - startedAt)}`
    const all = [...versions].toSorted(([a], [b]) => a.localeCompare(b))
    if (!screen)
      terminal.line(
        `${head}  ${all.map(([version, { requests, failures }]) => `${versionText(version, all.length === 1)}: ${requests} (${failures} failed)`).join(', ')}`,
      )
    else {
      const rows = all.map(
        ([version, { requests, failures }]) =>
          `  ${paint('bold', versionText(version, all.length === 1))}${padStart(countText(requests), 12)} requests${padStart(countText(failures), 10)} failed`,
      )
      screen.draw(['', `  ${paint('cyan', head)}`, '', ...rows, '', `  ${paint('dim', 'Ctrl-C ends it')}`, ''])
    }
  }
  const timer = setInterval(draw, live ? 1_000 : 10_000)
  if (live) draw()
  return () => {
    clearInterval(timer)
    screen?.end()
  }
}

function summary({ terminal }: CliContext, { requests, failures, versions, p50Ms, p99Ms }: LoadReport): void {
  terminal.line(
    `${countText(requests)} requests, ${countText(failures)} failed; half within ${ms(p50Ms)}, 99 % within ${ms(p99Ms)}`,
  )
  // A single row for all would only repeat the line above.
  if (Object.keys(versions).every((version) => version === unnamed)) return
  const rows = Object.entries(versions).map(([version, load]) => [
    versionText(version, false),
    countText(load.requests),
    countText(load.failures),
  ])
  for (const line of tableLines(
    [{ title: 'version' }, { title: 'requests', right: true }, { title: 'failed', right: true }],
    rows,
    terminal.width(),
  ))
    terminal.line(line)
}

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
