import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { openUsersFolder } from '../../adapters/process/users.ts'
import { demoSwitchFile, removeDemoSwitch, writeDemoSwitch } from '../../cli/demo.ts'
import { leaveOut } from '../left-out.ts'

/** A home that only its owner may enter, in a folder that all users may pass through. */
function openHome() {
  const folder = mkdtempSync(join(tmpdir(), 'hf-demo-'))
  chmodSync(folder, 0o755)
  const home = join(folder, 'home')
  mkdirSync(home, { mode: 0o700 })
  return { home, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

describe('the switch by which the demo misbehaves', () => {
  it('is readable for services that run as another user, and gone once the demo is mended', async function () {
    if (process.getuid?.() !== 0) leaveOut(this, 'only root may start processes as another user')
    const other = { uid: 65_534, gid: 65_534 }
    using at = openHome()
    openUsersFolder(`${at.home}-services`, { one: other })
    const before = process.umask(0o077)
    try {
      await writeDemoSwitch(at.home, '1.3.0', { mode: 'errors', rate: 0.25 })
    } finally {
      process.umask(before)
    }
    const { stdout } = spawnSync('cat', [demoSwitchFile(at.home)], { ...other, encoding: 'utf8' })
    expect(JSON.parse(stdout)).to.deep.equal({ version: '1.3.0', mode: 'errors', rate: 0.25 })
    await removeDemoSwitch(at.home)
    expect(existsSync(demoSwitchFile(at.home))).to.equal(false)
  })

  it('is in the home when services run as the user that starts the stack', async () => {
    using at = openHome()
    await writeDemoSwitch(at.home, '1.3.0', { mode: 'crash' })
    expect(demoSwitchFile(at.home)).to.equal(join(at.home, 'demo', 'switch.json'))
    expect(existsSync(demoSwitchFile(at.home))).to.equal(true)
  })
})
