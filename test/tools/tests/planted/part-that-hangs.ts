/** A part that has started a program, says so by its pid in a file, and then never ends, not even on SIGTERM. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'

process.on('SIGTERM', () => {})
const { pid } = spawn('sleep', ['600'], { stdio: 'ignore' })
writeFileSync(process.argv[2] ?? '', String(pid))
setInterval(() => {}, 1_000)
