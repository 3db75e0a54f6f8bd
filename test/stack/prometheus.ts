/** A real Prometheus for one test. It scrapes the given targets every second, and ends with the test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Child } from '../../ops/components/process.ts'
import { freePort } from '../../adapters/free-port.ts'
import { startChild, untilUp } from '../../ops/components/process.ts'
import { prometheus } from '../../ops/components/prometheus.ts'
import { isProblem } from '../../domain/problem.ts'

export interface TestPrometheus extends AsyncDisposable {
  readonly url: string
  /** Sends SIGKILL and resolves once the process has ended. */
  kill(): Promise<void>
  /** Starts it again on the same port and data. */
  start(): Promise<void>
}

/** Resolves with the reason why there is none; null if there is one. */
export const noPrometheus = (): Promise<string | null> =>
  prometheus
    .find(process.env, () => {})
    .then(
      () => null,
      (error: unknown) => {
        if (isProblem(error, 'component-missing')) return error.message
        throw error
      },
    )

/** @param metricsUrls the targets */
export async function startPrometheus(metricsUrls: readonly string[]): Promise<TestPrometheus> {
  const { path } = await prometheus.find(process.env, () => {})
  const folder = mkdtempSync(join(tmpdir(), 'hf-prom-'))
  const jobs = metricsUrls.map((target, index) => {
    const { host, pathname } = new URL(target)
    return { job_name: `job${index}`, metrics_path: pathname, static_configs: [{ targets: [host] }] }
  })
  // JSON is YAML.
  const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: jobs }
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}`
  let child: Child | undefined
  const started: TestPrometheus = {
    url,
    async kill() {
      if (child) process.kill(child.pid, 'SIGKILL')
      await child?.exited
    },
    async start() {
      const logFile = join(folder, 'log')
      const [configFile, data] = [join(folder, 'prometheus.yml'), join(folder, 'data')]
      child = startChild({
        command: path,
        args: [`--config.file=${configFile}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${address}`],
        env: { PATH: process.env['PATH'] },
        logFile,
        cwd: folder,
      })
      const isReady = () =>
        fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        )
      await untilUp('Prometheus', child, logFile, isReady)
    },
    async [Symbol.asyncDispose]() {
      await child?.stop(5_000)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await started.start()
  return started
}
