import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { EffectRow } from '../../adapters/local-runtime/protocol.ts'
import { createPatientLog } from '../../local-runtime/patient-log.ts'

const row = (step: number): EffectRow => ({
  ...{ at: new Date(0).toISOString(), ref: 'shop/production', kind: 'started', workflowId: 'w', token: 1, step },
  ...{ revision: 'r', replica: `r-${step}`, restart: 0 },
})

/** A log on a disk that can be full. */
function stand() {
  const written: number[] = []
  const warned: string[] = []
  const disk = { isFull: false }
  const append = ({ step }: EffectRow) => {
    if (disk.isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    written.push(step)
  }
  return { disk, written, warned, log: createPatientLog(append, (message) => void warned.push(message)) }
}

describe('the log of processes on a full disk', () => {
  it('prevents no start or end of a process: rows wait, which is reported once, and are written in order when there is room', () => {
    const { disk, written, warned, log } = stand()
    log.append(row(1))
    disk.isFull = true
    for (const step of [2, 3]) log.append(row(step))
    log.flush()
    expect(written).to.deep.equal([1])
    expect(warned).to.deep.equal([
      'the effect log cannot be written; processes start and end all the same: no space left on device',
    ])
    disk.isFull = false
    log.append(row(4))
    expect(written).to.deep.equal([1, 2, 3, 4])
    log.append(row(5))
    log.flush()
    expect(written).to.deep.equal([1, 2, 3, 4, 5])
  })

  it('does not fill the memory: the oldest rows are dropped, and their number is reported', () => {
    const { disk, written, warned, log } = stand()
    disk.isFull = true
    for (let step = 1; step <= 10_003; step += 1) log.append(row(step))
    disk.isFull = false
    log.flush()
    expect([written.length, written[0], written.at(-1)]).to.deep.equal([10_000, 4, 10_003])
    expect(warned.at(-1)).to.equal('3 rows of the effect log are lost because the disk had no space')
  })
})
