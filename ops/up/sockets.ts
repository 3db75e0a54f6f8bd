/**
 * The folder of Unix sockets. Its path is short, because socket paths must be. It is recorded, because a runtime that outlived its starter
 * listens there. Only this user may write to it.
 */
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { Problem } from '../../domain/problem.ts'
import { leftRunning } from '../components/left-running.ts'

const SocketsFile = z.object({ folder: z.string().min(1) })

/** @throws Problem folder-unusable when another user owns it or may write to it */
export function keptSocketFolder(folder: string): string {
  const file = join(folder, 'sockets.json')
  const kept = remembered(file) ?? ofRunning(join(folder, 'runtime.pid'))
  const sockets = kept ?? mkdtempSync(join(tmpdir(), 'holdfast-'))
  // The system cleans its temporary folder, so another user may have taken the name since.
  mkdirSync(sockets, { recursive: true, mode: 0o700 })
  refuseOthers(sockets, file)
  writeFileSync(file, JSON.stringify({ folder: sockets }))
  return sockets
}

function remembered(file: string): string | undefined {
  try {
    return SocketsFile.parse(JSON.parse(readFileSync(file, 'utf8'))).folder
  } catch {
    return undefined
  }
}

/** If the record was lost, the arguments of the running runtime name the folder. */
function ofRunning(pidFile: string): string | undefined {
  const left = leftRunning(pidFile)
  if (!left) return undefined
  const args = readFileSync(`/proc/${left.pid}/cmdline`, 'utf8').split('\0')
  const socket = args[args.indexOf('--socket') + 1]
  return socket?.startsWith('/') ? dirname(socket) : undefined
}

function refuseOthers(sockets: string, file: string): void {
  const { uid, mode, isDirectory } = ownerOf(sockets)
  if (isDirectory && uid === process.getuid?.() && (mode & 0o077) === 0) return
  throw new Problem(
    'folder-unusable',
    `${sockets} is not a folder of yours alone: another user who can write there could pose as the runtime`,
    {
      hint: `see who owns it; remove ${file} to get another one`,
    },
  )
}

function ownerOf(path: string): { readonly uid: number; readonly mode: number; readonly isDirectory: boolean } {
  const found = lstatSync(path)
  return { uid: found.uid, mode: found.mode, isDirectory: found.isDirectory() }
}
