/** Every component that Holdfast runs or is tested with, one line each. */
import { chromium } from './chromium.ts'
import type { Component } from './component.ts'
import { etcd } from './etcd.ts'
import { gatewayApi } from './gateway-api.ts'
import { kubernetes } from './kubernetes.ts'
import { metricsServer } from './metrics-server.ts'
import { nft } from './nft.ts'
import { postgres } from './postgres.ts'
import { prometheus } from './prometheus.ts'
import { redis } from './redis.ts'
import { temporal } from './temporal.ts'
import { traefik } from './traefik.ts'

/** The components that `npm start` needs. */
export const components: readonly Component[] = [temporal, postgres]

/** Components that some tests use if they are installed. */
export const furtherComponents: readonly Component[] = [prometheus, redis, chromium]

/** What a test cluster is made of. */
export const clusterComponents: readonly Component[] = [etcd, kubernetes, nft, gatewayApi, traefik, metricsServer]
