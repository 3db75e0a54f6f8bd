/** Versions as real processes on this machine, run by the local runtime. */
import { z } from 'zod'
import { bytesOf, longestArguments } from '../../domain/bounds.ts'
import { Command, FolderName, RequestPath } from '../command.ts'
import { durationFrom } from '../duration.ts'
import type { EnvValue } from '../env-value.ts'
import { EnvName, EnvText, secretReference, secretsIn } from '../env-value.ts'
import { createRuntimeClient } from '../local-runtime/client.ts'
import type { ProviderSettings } from '../provider.ts'
import { valuesOf } from '../provider.ts'
import type { TargetProvider } from './target.ts'

const health = z
  .strictObject({
    path: RequestPath.default('/healthz').describe(
      'path that the health check requests of each replica; 2xx and 3xx are healthy',
    ),
    every: durationFrom('10ms', '1h').prefault('1s').describe('time between two checks'),
    timeout: durationFrom('1ms', '1h').prefault('2s').describe('longest time to wait for an answer'),
    healthyAfter: z.int().min(1).max(100).default(1).describe('good answers in a row before a replica gets traffic'),
    unhealthyAfter: z.int().min(1).max(100).default(3).describe('bad answers in a row before a replica loses traffic'),
  })
  .transform(({ every, timeout, ...rest }) => ({ ...rest, everyMs: every, timeoutMs: timeout }))

const bytesOfEnv = (env: Readonly<Record<string, EnvValue>>): number =>
  bytesOf(Object.entries(env).flatMap(([name, value]) => [name, typeof value === 'string' ? value : '']))

const config = z
  .strictObject({
    command: Command.describe('program and arguments, run without a shell'),
    cwd: FolderName.default('{artifact}').describe('working folder; {artifact} is this process’s own copy of the artifact'),
    env: z
      .record(EnvName, z.union([EnvText, secretReference]))
      .refine((env) => Object.keys(env).length <= 1_000, 'at most 1,000 variables')
      .refine((env) => bytesOfEnv(env) <= longestArguments / 2, `at most ${longestArguments / 2} bytes in all`)
      .default({})
      .describe(
        'environment variables besides PORT, HOST, PATH and HOME, which Holdfast sets; `{ secret: NAME }` is a secret that the operator provides',
      ),
    replicas: z.int().min(1).max(100).default(1).describe('processes of the stable version'),
    health: health.prefault({}),
    grace: durationFrom('0s', '1h').prefault('10s').describe('time from SIGTERM to SIGKILL'),
    drain: durationFrom('0s', '24h').prefault('30s').describe('longest time to wait for requests in flight on removal'),
    restart: z
      .strictObject({
        min: durationFrom('10ms', '24h').prefault('200ms').describe('pause before the first restart'),
        max: durationFrom('10ms', '24h').prefault('10s').describe('longest pause'),
      })
      .prefault({})
      .refine(({ min, max }) => min <= max, { path: ['max'], message: 'must not be shorter than min' })
      .transform(({ min, max }) => ({ minMs: min, maxMs: max })),
  })
  .transform(({ grace, drain, ...rest }) => ({ ...rest, graceMs: grace, drainMs: drain }))

/** The time limit for a probe. */
const soonMs = 1_000

const own = ['runtimeSocket'] as const
const runtimeOf = (settings: ProviderSettings) => createRuntimeClient(valuesOf(settings, own).runtimeSocket)

export const localTarget: TargetProvider & Required<Pick<TargetProvider, 'artifacts'>> = {
  kind: 'local',
  settings: own,
  namesCommands: true,
  runs: 'files',
  beside: { traffic: 'local', metrics: 'scrape' },
  secretsIn: ({ env }) => secretsIn((env ?? {}) as Readonly<Record<string, EnvValue>>),
  config,
  artifacts: (settings) => {
    const runtime = runtimeOf(settings)
    return {
      keep: async (path, signal) => (await runtime.importArtifact(path, signal)).digest,
      digest: async (path, signal) => (await runtime.digestArtifact(path, signal)).digest,
      inspect: runtime.inspectArtifact,
      has: runtime.hasArtifact,
      prune: async ({ keep, ...wanted }) =>
        valuesOf(settings, own).runtimeSocket === '' ? [] : runtime.pruneArtifacts({ ...wanted, keep: [...keep] }),
    }
  },
  settingAside: (settings) => {
    const runtime = runtimeOf(settings)
    return async () => {
      const { setAside } = await runtime.info(soonMs).catch(() => ({ setAside: [] }))
      return setAside.map(({ what }) => what)
    }
  },
  create: (settings) => {
    const runtime = runtimeOf(settings)
    return {
      run: runtime.run,
      status: runtime.status,
      async remove(ref, revision, fencingToken) {
        await runtime.remove(ref, revision, fencingToken)
      },
      secretDigests: runtime.secretDigests,
      smoke: runtime.smoke,
      lendCopy: runtime.lendCopy,
      returnCopy: runtime.returnCopy,
      logs: runtime.logs,
    }
  },
}
