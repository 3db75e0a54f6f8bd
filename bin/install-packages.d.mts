/** Types of install-packages.mjs, which is JavaScript because it runs on Node 20. */
export class SetupError extends Error {}

export interface InstallOptions {
  readonly folder: string
  readonly development: boolean
  readonly say: (line: string) => void
  /** Command and first arguments of npm. */
  readonly npm?: readonly string[]
}

export function installPackages(options: InstallOptions): Promise<boolean>
