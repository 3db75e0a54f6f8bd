/** Settings for the programs that Holdfast is run, tested and measured with, and for benches. */
import type { Setting } from './setting.ts'
import { text } from './setting.ts'

const program = (variable: string, meaning: string) => ({ variable, preset: '', unit: 'program', schema: text, meaning })
const minutes = (variable: string, preset: string, bench: string) => ({
  variable,
  preset,
  unit: 'minutes, more than 0',
  schema: text
    .regex(/^\d{1,4}(\.\d{1,3})?$/, 'must be a number of minutes')
    .transform(Number)
    .refine((value) => value > 0, 'must be more than 0'),
  meaning: `how long \`npm run bench -- ${bench}\` runs`,
})

export const programSettings = {
  temporalCli: program(
    'HOLDFAST_TEMPORAL_CLI',
    "Temporal's command line with its dev server; empty: searched on the PATH, else fetched",
  ),
  postgresBin: {
    ...program('HOLDFAST_POSTGRES_BIN', 'folder of initdb and postgres; empty: the PATH, else the npm packages'),
    unit: 'folder',
  },
  etcdProgram: program('HOLDFAST_ETCD', 'etcd for the test cluster; empty: searched on the PATH, else built'),
  kubernetesBin: {
    ...program('HOLDFAST_KUBERNETES_BIN', 'folder of the programs of Kubernetes; empty: the PATH, else fetched'),
    unit: 'folder',
  },
  nftProgram: program('HOLDFAST_NFT', 'nft for the test cluster; empty: searched on the PATH, else unpacked'),
  gatewayApiFolder: {
    ...program('HOLDFAST_GATEWAY_API', 'folder of the manifests of the Gateway API for the test cluster; empty: fetched'),
    unit: 'folder',
  },
  metricsServerProgram: program(
    'HOLDFAST_METRICS_SERVER',
    'metrics-server for the test cluster; empty: searched on the PATH, else built',
  ),
  traefikProgram: program('HOLDFAST_TRAEFIK', 'Traefik for the test cluster; empty: searched on the PATH, else built'),
  prometheusProgram: program('HOLDFAST_PROMETHEUS', 'Prometheus for tests; empty: searched on the PATH'),
  redisProgram: program('HOLDFAST_REDIS', 'Redis for tests; empty: searched on the PATH'),
  chromiumProgram: program('HOLDFAST_CHROMIUM', 'browser for tests; empty: searched on the PATH'),
  cacheFolder: {
    ...program('HOLDFAST_CACHE', 'folder of fetched and built programs; empty: `holdfast` in `XDG_CACHE_HOME`'),
    unit: 'folder',
  },
  fuzzMinutes: minutes('HOLDFAST_FUZZ_MINUTES', '1', 'fuzz-proxy'),
  fuzzSeed: {
    variable: 'HOLDFAST_FUZZ_SEED',
    preset: '',
    unit: 'whole number',
    schema: text.regex(/^\d{0,9}$/, 'must be a whole number').transform((seed) => (seed === '' ? null : Number(seed))),
    meaning: 'seed of the random input: the same seed repeats the same input; empty: from the clock',
  },
  killsMinutes: minutes('HOLDFAST_KILLS_MINUTES', '6', 'kills'),
} as const satisfies Record<string, Setting>
