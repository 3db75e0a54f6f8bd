#!/usr/bin/env node
/** Runs the command line under a Node that runs TypeScript: in this process if it is one, else in a child. */
import { existsSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compiledFolder, findNode, goOn, missingNode, root } from './find-node.mjs'

const main = join(root, 'cli', 'main.ts')
const node = findNode()
if (!existsSync(join(root, 'node_modules'))) {
  console.error(`holdfast: the packages are not installed\n  run 'npm start' (or 'npm ci') in ${root} once`)
  process.exitCode = 6
} else if (node === null) {
  console.error(`holdfast: ${missingNode()}`)
  process.exitCode = 6
} else if (node === process.execPath) {
  // Node caches compiled code in a folder of the user, so that a command starts in a third of the time. A child gets it by its environment.
  module.enableCompileCache(compiledFolder())
  // The main module expects its own path in argv[1].
  process.argv[1] = main
  await import(pathToFileURL(main).href)
} else {
  process.exitCode = await goOn(node, [main, ...process.argv.slice(2)])
}
