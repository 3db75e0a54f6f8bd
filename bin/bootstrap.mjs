/**
 * The entry of `npm start`, `test`, `check`, `bench` and `run cluster`, on Node 20 or later. It installs packages, finds a Node >= 24, and
 * runs the command under that.
 */
import { join } from 'node:path'
import { findNode, goOn, missingNode, root } from './find-node.mjs'
import { installPackages, SetupError } from './install-packages.mjs'

const mains = {
  // The demo sends 200 requests a second. Without the flag its garbage takes 80 MB more.
  start: { main: 'ops/up/main.ts', flags: ['--max-semi-space-size=2'], development: false },
  test: { main: 'tools/test-run.ts', development: true },
  check: { main: 'tools/checks/main.ts', development: true },
  bench: { main: 'tools/bench-run.ts', development: true },
  cluster: { main: 'test/cluster/main.ts', development: true },
}

const [what, ...args] = process.argv.slice(2)
const entry = Object.hasOwn(mains, what ?? '') ? mains[what] : null
const say = (line) => console.error(`holdfast: ${line}`)

if (entry === null) {
  say(`there is no '${what ?? ''}'\n  use one of ${Object.keys(mains).join(', ')}`)
  process.exitCode = 2
} else {
  try {
    await installPackages({ folder: root, development: entry.development, say })
    const node = findNode()
    if (node === null) throw new SetupError(...missingNode().split('\n  '))
    process.exitCode = await goOn(node, [...(entry.flags ?? []), join(root, entry.main), ...args])
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    process.exitCode = 1
  }
}
