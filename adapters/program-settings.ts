/** Where the programs are that Holdfast is run, tested and measured with, and what a bench is told. */
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
  meaning: `how long \`npm run bench -- ${bench}\` goes on`,
})

export const programSettings = {
  temporalCli: program('HOLDFAST_TEMPORAL_CLI', "Temporal's command line with its dev server; empty: looked for, else fetched"),
  postgresBin: {
    ...program('HOLDFAST_POSTGRES_BIN', 'initdb and postgres; empty: PATH, else the packages'),
    unit: 'folder',
  },
  prometheusProgram: program('HOLDFAST_PROMETHEUS', 'Prometheus for tests; empty: PATH'),
  redisProgram: program('HOLDFAST_REDIS', 'Redis for tests; empty: PATH'),
  chromiumProgram: program('HOLDFAST_CHROMIUM', 'a browser for tests; empty: PATH'),
  cacheFolder: {
    ...program('HOLDFAST_CACHE', 'fetched and built programs; empty: `holdfast` in `XDG_CACHE_HOME`'),
    unit: 'folder',
  },
  fuzzMinutes: minutes('HOLDFAST_FUZZ_MINUTES', '1', 'fuzz-proxy'),
  fuzzSeed: {
    variable: 'HOLDFAST_FUZZ_SEED',
    preset: '',
    unit: 'whole number',
    schema: text.regex(/^\d{0,9}$/, 'must be a whole number').transform((seed) => (seed === '' ? null : Number(seed))),
    meaning: 'what it draws: the same seed says the same words again; empty: of the clock',
  },
  killsMinutes: minutes('HOLDFAST_KILLS_MINUTES', '6', 'kills'),
} as const satisfies Record<string, Setting>
