/** What TypeScript may know of install-packages.mjs, which itself runs where no TypeScript does. */
export class SetupError extends Error {}

export interface InstallOptions {
  readonly folder: string
  readonly development: boolean
  readonly say: (line: string) => void
  /** Command and first arguments of npm. */
  readonly npm?: readonly string[]
}

export function installPackages(options: InstallOptions): Promise<boolean>
