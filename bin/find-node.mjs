/** Finds a Node that runs TypeScript: this one, the one of the packages, or one on PATH. Plain JavaScript, because it runs on Node 20. */
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The first major version that runs our TypeScript directly. */
export const neededMajor = 24

/** Path of a Node >= 24, or null. Free if this process is one; otherwise 40 ms for each `node` on PATH that it has to run. */
export function findNode({ version = process.versions.node, path = process.env.PATH ?? '', folder = root } = {}) {
  if (isNew(version)) return process.execPath
  const packaged = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (isExecutable(packaged)) return packaged
  const candidates = path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'node'))
  return candidates.filter(isExecutable).find((node) => isNew(versionOf(node))) ?? null
}

/** The message when there is none. The packages bring one for Linux only. */
export function missingNode(version = process.versions.node) {
  const way =
    process.platform === 'darwin'
      ? `install it with 'brew install node@${neededMajor}' or from https://nodejs.org, then try again`
      : `install it from https://nodejs.org, or let npm install optional packages ('npm ci --include=optional'), then try again`
  return `Node ${neededMajor} or later is needed, and this is ${version}\n  ${way}`
}

/**
 * Runs `node` in the same terminal and resolves with its exit code. It passes every signal on, because a signal may have reached this
 * process only. Ctrl-C in a terminal reaches the child directly too, and the child treats two signals in one moment as one.
 */
export function goOn(node, args) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { stdio: 'inherit', env: { ...process.env, NODE_COMPILE_CACHE: compiledFolder() } })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.once('error', (error) => {
      console.error(`holdfast: cannot run ${node}: ${error.message}`)
      resolve(1)
    })
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1)))
  })
}

/**
 * The folder of compiled code, by the same variables as the table of settings, which cannot run yet (test/bin/find-node.test.ts compares
 * them). A process that finds its code there does not load the compiler that strips types, which takes 23 MB.
 */
export function compiledFolder(env = process.env) {
  const { NODE_COMPILE_CACHE: own, HOLDFAST_CACHE: programs, XDG_CACHE_HOME: caches, HOME: home } = env
  // A relative folder of caches is ignored, as the XDG specification says.
  const below = caches?.startsWith('/') ? caches : join(home || homedir(), '.cache')
  return own || join(programs || join(below, 'holdfast'), 'compiled')
}

const isNew = (version) => Number(version.split('.')[0]) >= neededMajor

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function versionOf(node) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: 5_000 })
  return (stdout ?? '').trim().replace(/^v/, '')
}
