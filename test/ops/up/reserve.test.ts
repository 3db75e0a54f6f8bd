import { statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { keepReserve } from '../../../ops/up/reserve.ts'
import { leaveOut } from '../../left-out.ts'
import { mountSmallDisk } from '../../stack/small-disk.ts'
import { until } from '../../stack/until.ts'

describe('the reserve for the revert', () => {
  it('takes room while there is plenty, is freed when the disk is full, and is taken again later', async function () {
    using disk = mountSmallDisk('8m')
    if (!disk) return leaveOut(this, 'no filesystem can be mounted here')
    const { folder } = disk
    const said: string[] = []
    const sizeBytes = 1 << 20
    const end = keepReserve(folder, (line) => said.push(line), { sizeBytes, everyMs: 20 })
    const reserved = () => statSync(join(folder, 'reserve'), { throwIfNoEntry: false })?.size ?? 0
    expect(reserved()).to.equal(sizeBytes)
    disk.fill()
    await until('room', () => {
      const { bavail, bsize } = statfsSync(folder)
      return reserved() === 0 && bavail * bsize >= sizeBytes
    })
    expect(said.join('\n')).to.include(folder).and.include('free disk space')
    disk.free()
    await until('a reserve again', () => reserved() === sizeBytes)
    end()
  })
})
