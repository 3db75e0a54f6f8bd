import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createLog } from '../../adapters/log.ts'

/** The lines that `write` logs, parsed. */
function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = []
  write(createLog('api', 'info', { write: (line) => void lines.push(line) }))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

const names = ['authorization', 'cookie', 'set-cookie', 'token', 'key', 'secret', 'password', 'connectionString', 'taskToken']

describe('the log', () => {
  it("shows no value under a secret's name, at any depth that requests and answers have", () => {
    const secrets = Object.fromEntries(names.map((name) => [name, 'hf_1234']))
    const [line, request, body] = logged((log) => {
      log.info(secrets, 'top')
      log.info({ req: { headers: secrets, ...secrets }, headers: secrets }, 'request')
      log.info({ body: { code: 'hf_1234' }, req: { body: { code: 'hf_1234' } } }, 'body')
    })
    for (const each of [line, request, body]) expect(JSON.stringify(each)).to.include('[redacted]').and.not.include('hf_1234')
  })

  it('shows the kind of a failure, and nothing that a driver attached to it', () => {
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address: 'postgres://ann:pass@host' })
    const error = Object.assign(new Error('no answer', { cause }), { code: '23505', detail: 'Key (token)=(hf_1234) exists' })
    const [line] = logged((log) => log.error({ err: error, code: 'internal' }, 'request failed'))
    expect(line).to.deep.include({ code: 'internal', name: 'api', msg: 'request failed' })
    expect(line?.['err']).to.deep.include({ message: 'no answer', code: '23505' })
    expect(line?.['err']).to.have.nested.property('cause.code', 'ECONNREFUSED')
    expect(JSON.stringify(line)).to.not.include('hf_1234').and.not.include('pass@host')
  })

  it('has no trace id without a trace', () => {
    const [line] = logged((log) => log.info('alone'))
    expect(line).to.not.have.any.keys('trace_id', 'span_id')
  })
})

describe("a process's last words", () => {
  it('are in its log even when the process ends at once', () => {
    const log = pathToFileURL(join(import.meta.dirname, '../../adapters/log.ts')).href
    const script = `const { createLog } = await import('${log}'); const log = createLog('x', 'info'); log.info('one'); log.fatal('two'); process.exit(1)`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    expect([...stdout.matchAll(/"msg":"(\w+)"/g)].map(([, message]) => message)).to.have.members(['one', 'two'])
  })
})
