import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Setting } from '../../../adapters/setting.ts'
import type { SettingName } from '../../../adapters/settings.ts'
import { settings } from '../../../adapters/settings.ts'
import { commandLineSettings } from '../../../adapters/command-line-settings.ts'
import { programSettings } from '../../../adapters/program-settings.ts'
import { systemSettings } from '../../../adapters/system-settings.ts'
import { processSettings, readStackConfig } from '../../../ops/up/process-settings.ts'

const all = (rows: object, reason: string): Partial<Record<SettingName, string>> =>
  Object.fromEntries(Object.keys(rows).map((name) => [name, reason]))

/** Settings that are not passed on to a process of the local stack, with the reason. */
const notPassedOn: Readonly<Partial<Record<SettingName, string>>> = {
  home: "the starter's",
  temporalNamespace: 'the server of the stack has one',
  metricsPort: 'one for each worker',
  runtimeMetricsPort: 'an argument of the runtime',
  secretsFolder: 'an argument of the runtime',
  artifactLimit: 'an argument of the runtime',
  servicesUser: 'an argument of the runtime',
  ...{ temporalPort: 'a port of the stack', temporalUiPort: 'a port of the stack', postgresPort: 'a port of the stack' },
  ...all(programSettings, 'of components and benches'),
  ...all(commandLineSettings, "the command line's"),
  ...all(systemSettings, 'PATH and HOME are passed on with them, the others are for people'),
  test: 'for tests',
  crashAt: 'for tests',
  crashMarker: 'for tests',
}

const parts = {
  home: { folder: '/h', logs: '/h/logs', sockets: '/s', pepperFile: '/h/pepper', release() {} },
  port: 7420,
  ...{
    databaseUrl: 'postgres://d',
    temporalAddress: 't:1',
    temporalUiUrl: 'http://t',
    runtimeSocket: '/s/r',
    workflowBundle: '/b',
  },
}

const variables = (name: SettingName): readonly string[] => {
  const { variable, secret }: Setting = settings[name]
  return secret ? [variable, `${variable}_FILE`] : [variable]
}

describe("the settings of npm start's processes", () => {
  const names = Object.keys(settings) as SettingName[]

  it('include every setting that they read, from the stack or from its user', () => {
    const env = Object.fromEntries(names.flatMap(variables).map((variable) => [variable, 'set']))
    const told = processSettings({ ...parts, env })
    const missing = names.filter((name) => !notPassedOn[name] && !variables(name).some((variable) => told[variable]))
    expect(missing).to.deep.equal([])
  })

  it('are refused before the start where the file of clusters cannot be used', () => {
    expect(() => readStackConfig({ HOLDFAST_CLUSTERS_FILE: '/nowhere/clusters' })).to.throw(
      'HOLDFAST_CLUSTERS_FILE names /nowhere/clusters, which cannot be used: ENOENT',
    )
  })

  it('include only the file name of a secret in a file', () => {
    const told = processSettings({ ...parts, env: { HOLDFAST_PROMETHEUS_TOKEN_FILE: '/run/token' } })
    expect([told['HOLDFAST_PROMETHEUS_TOKEN'], told['HOLDFAST_PROMETHEUS_TOKEN_FILE']]).to.deep.equal([undefined, '/run/token'])
  })
})
