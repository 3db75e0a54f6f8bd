/** Variables that the system, a terminal or CI sets, and that Holdfast reads too. */
import { homedir } from 'node:os'
import type { Setting } from './setting.ts'
import { absoluteFolder, flag, text } from './setting.ts'

export const systemSettings = {
  path: {
    variable: 'PATH',
    preset: '',
    unit: 'folders, by colons',
    schema: text,
    meaning: 'where Holdfast searches for programs; released services, hooks and smoke tests get it too',
  },
  userHome: {
    variable: 'HOME',
    preset: '',
    unit: 'folder',
    schema: text.transform((folder) => folder || homedir()),
    meaning: "the user's folder, `~` on this page; empty: the one that the system names",
  },
  configHome: {
    variable: 'XDG_CONFIG_HOME',
    preset: '',
    unit: 'absolute folder',
    schema: absoluteFolder,
    meaning: 'folder below which the command line stores keys, in `holdfast`; empty or relative: `~/.config`',
  },
  cacheHome: {
    variable: 'XDG_CACHE_HOME',
    preset: '',
    unit: 'absolute folder',
    schema: absoluteFolder,
    meaning: 'folder below which Holdfast keeps what it can fetch or build again, in `holdfast`; empty or relative: `~/.cache`',
  },
  compiledCode: {
    variable: 'NODE_COMPILE_CACHE',
    preset: '',
    unit: 'folder',
    schema: text,
    meaning: 'where Node keeps compiled code; empty: `compiled` in the folder of `HOLDFAST_CACHE`',
  },
  ci: {
    variable: 'CI',
    preset: '',
    unit: 'true, false',
    schema: flag,
    meaning: 'true in CI: the command line waits until a person must act, at most 1 h, and a test that is left out fails',
  },
  noColor: {
    variable: 'NO_COLOR',
    preset: '',
    unit: 'anything',
    schema: text.transform((value) => value !== ''),
    meaning: 'output without colours',
  },
  forceColor: {
    variable: 'FORCE_COLOR',
    preset: '',
    unit: 'true, false',
    schema: flag,
    meaning: 'colours in a pipe too, unless `NO_COLOR` is set',
  },
} as const satisfies Record<string, Setting>
