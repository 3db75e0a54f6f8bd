/** The operator's secret folder of a test's runtime. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Puts a secret there as an operator would. @param path `<service>/<name>` or `<service>/<environment>/<name>` */
export function putSecret({ home }: { readonly home: string }, path: string, value: string | Buffer, mode = 0o600): void {
  const file = join(home, 'secrets', path)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, value, { mode })
}
