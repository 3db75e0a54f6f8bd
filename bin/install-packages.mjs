/** Installs the packages of the lockfile, unless they are there already. Plain JavaScript, because it runs on Node 20. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A failure with a remedy that a person can carry out. */
export class SetupError extends Error {
  constructor(message, remedy) {
    super(`${message}\n  ${remedy}`)
    this.name = 'SetupError'
  }
}

/**
 * Runs `npm ci` in `folder`, and the install scripts that `allowScripts` of its package.json allows, unless node_modules already holds
 * what the lockfile names. Resolves with whether it ran `npm ci`. With `development` it installs the development packages too. @throws
 * SetupError
 */
export async function installPackages({ folder, development, say, npm = npmCommand() }) {
  if (isStamped(folder, development)) return false
  // The packages may be complete without our stamp: npm alone installed them, without install scripts, as .npmrc
  // says.
  const isThere = isComplete(folder, development)
  if (!isThere) {
    say('installing packages: once, about a minute')
    await ci(folder, development, npm)
  }
  await runAllowedScripts(folder, npm)
  writeStamp(folder, development)
  return !isThere
}

async function ci(folder, development, npm) {
  const args = [
    'ci',
    '--ignore-scripts',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--fetch-retries=1',
    '--fetch-timeout=60000',
  ]
  const { code, output } = await run(npm, [...args, ...(development ? ['--include=dev'] : ['--omit=dev'])], folder)
  if (code !== 0) throw explain(folder, output)
}

/**
 * npm 10 does not know `allowScripts` and would run every package's scripts. So no script runs during the install, and the allowed ones
 * run here, by name.
 */
async function runAllowedScripts(folder, npm) {
  const allowed = Object.entries(readJson(join(folder, 'package.json'))?.allowScripts ?? {}).flatMap(([name, is]) =>
    is === true && existsSync(join(folder, 'node_modules', name)) ? [name] : [],
  )
  if (allowed.length === 0) return
  const { code, output } = await run(npm, ['rebuild', '--ignore-scripts=false', '--loglevel=error', ...allowed], folder)
  if (code !== 0) throw explain(folder, output)
}

/** Our stamp says that this lockfile is installed. Without it, `isComplete` compares npm's own record package by package. */
function isStamped(folder, development) {
  const stamp = readJson(stampFile(folder))
  return stamp?.digest === digestOf(folder) && (stamp.development || !development) && areThere(folder, installed(folder))
}

const installed = (folder) => readJson(join(folder, 'node_modules', '.package-lock.json'))?.packages

/** Whether each package of npm's record is still there. Takes 10 ms for 500 packages. */
const areThere = (folder, packages) =>
  Object.entries(packages ?? {}).every(
    ([path, { link }]) => path === '' || link || existsSync(join(folder, path, 'package.json')),
  )

function isComplete(folder, development) {
  const wanted = readJson(join(folder, 'package-lock.json'))?.packages
  const there = installed(folder)
  if (!wanted || !there || !areThere(folder, there)) return false
  return Object.entries(wanted).every(([path, entry]) => {
    const mayMiss = path === '' || entry.optional || entry.devOptional || (entry.dev && !development)
    return there[path] ? there[path].version === entry.version : mayMiss
  })
}

const stampFile = (folder) => join(folder, 'node_modules', '.holdfast-installed.json')

const digestOf = (folder) =>
  createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')

function writeStamp(folder, development) {
  try {
    writeFileSync(stampFile(folder), JSON.stringify({ digest: digestOf(folder), development }))
  } catch {
    // Without a stamp, the next run compares the packages again. That is the only cost.
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/** Under `npm start`, npm names its own path, so PATH may lack npm. */
function npmCommand() {
  const script = process.env.npm_execpath
  return script?.endsWith('npm-cli.js') ? [process.execPath, script] : ['npm']
}

function run([command, ...first], args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-8_000)
      })
    child.once('error', (error) =>
      reject(
        error.code === 'ENOENT'
          ? new SetupError('npm is not installed', 'install Node with its npm from https://nodejs.org, then try again')
          : new SetupError(`npm cannot be run: ${error.message}`, 'see whether npm works by itself: npm --version'),
      ),
    )
    child.once('close', (code) => resolve({ code, output }))
  })
}

function explain(folder, output) {
  const [, message, remedy] = failures.find(([pattern]) => pattern.test(output)) ?? [
    null,
    'npm ci failed',
    `its last lines: ${output.trim().split('\n').slice(-6).join('\n  ')}`,
  ]
  return new SetupError(message.replace('{folder}', folder), remedy)
}

const failures = [
  [/ENOSPC/, 'the disk is full while packages are installed', 'free 1 GB and try again'],
  [
    /EROFS|EACCES|EPERM/,
    'packages cannot be written to {folder}/node_modules',
    'make the folder writable for you, or clone it to one that is',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network/i,
    'the package registry cannot be reached',
    'see whether the network is up and, behind a proxy or mirror, what `npm config get registry` says; then try again',
  ],
  [
    /EINTEGRITY/,
    'a package is not what the lockfile says',
    'run `npm cache clean --force` and try again; if the error stays, do not continue',
  ],
  [
    /EUSAGE|can only install packages when/,
    'package.json and package-lock.json do not fit',
    'get both files as they were committed, then try again',
  ],
]
