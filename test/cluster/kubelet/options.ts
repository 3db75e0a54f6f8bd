/** The options of the kubelet. */
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const Options = z.strictObject({
  kubeconfig: z.string(),
  /** The name of its Node. */
  node: z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/),
  images: z.string(),
  bridge: z.string().regex(/^[\w.-]{1,15}$/),
  subnet: z.cidrv4(),
  /** The first wait before a restart; a real kubelet's is 10 s. */
  'backoff-ms': z.coerce.number().int().min(1).max(600_000),
  port: z.coerce.number().int().min(1).max(65_535),
  /** Logs, volumes and pids of this node's pods. */
  dir: z.string().optional(),
})

export type Options = Omit<z.infer<typeof Options>, 'dir'> & {
  readonly dir: string
  /** One file per pod address that is taken; all nodes of the cluster share it. */
  readonly addresses: string
}

/** @throws ZodError or TypeError that names the option */
export function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const names = ['kubeconfig', 'node', 'images', 'bridge', 'subnet', 'backoff-ms', 'port', 'dir'] as const
  const { values } = parseArgs({ args: [...args], options: Object.fromEntries(names.map((name) => [name, text])) })
  const options = Options.parse(Object.assign({ bridge: 'cbr0', subnet: '10.244.0.0/16', 'backoff-ms': '10000' }, values))
  const home = dirname(resolve(options.kubeconfig))
  return { ...options, dir: resolve(options.dir ?? join(home, 'kubelet', options.node)), addresses: join(home, 'addresses') }
}
