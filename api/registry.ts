/** Every route, one line per resource. */
import type { Route } from './route.ts'
import { inspectArtifact } from './routes/artifacts.ts'
import { mintLink, openSession } from './routes/console.ts'
import { readLogs, showEnvironment, startRollback } from './routes/environments.ts'
import { releaseEvents, rollbackEvents } from './routes/events.ts'
import { health, live, ready, startup } from './routes/health.ts'
import { explainRelease, listReleases, releaseLooks, retryRelease, showRelease, startRelease } from './routes/releases.ts'
import { createKey, listKeys, revokeKey } from './routes/keys.ts'
import { decodePayloads } from './routes/payloads.ts'
import { requestRoutes } from './routes/requests.ts'
import { listRollbacks, rollbackLooks, serviceHistory, showRollback } from './routes/rollbacks.ts'
import { applyService, listServices, removeService, showService } from './routes/service.ts'

export const routes: readonly Route[] = [
  ...[applyService, listServices, showService, removeService],
  ...[showEnvironment, readLogs, startRollback],
  inspectArtifact,
  ...[startRelease, retryRelease, listReleases, showRelease, explainRelease, releaseLooks],
  ...requestRoutes,
  ...[releaseEvents, rollbackEvents, listRollbacks, showRollback, rollbackLooks, serviceHistory],
  ...[mintLink, openSession],
  ...[createKey, listKeys, revokeKey],
  decodePayloads,
  ...[health, live, ready, startup],
]
