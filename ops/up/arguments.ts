/** The options of `npm start`. */
import { parseArgs } from 'node:util'
import { settings } from '../../adapters/settings.ts'
import { Problem } from '../../domain/problem.ts'

export interface UpOptions {
  readonly help: boolean
  readonly demo: boolean
  /** Port of the API; null for the one of the settings. */
  readonly port: number | null
  readonly keepServices: boolean
  /** Ends open workflows that this version cannot replay, instead of refusing to start. */
  readonly terminateUnreplayable: boolean
  /** Replaces the database's password, and the pepper of the keys if it was lost. */
  readonly renewSecrets: boolean
}

export const help = `npm start -- [options]: the whole stack on this machine

  --no-demo         without the demo service, its traffic and its three releases
  --port PORT       port of the API and console (7420)
  --keep-services   leave released services running when this ends
  --terminate-unreplayable
                    end open workflows that this version cannot continue; rollbacks revert their traffic
  --renew-secrets   after the loss of a file: gives the database a new password, and new API keys where their pepper was lost
  --help            this text

State is kept in .holdfast/ (or HOLDFAST_HOME). docs/settings.md lists every setting.`

/** @throws Problem invalid-input */
export function readArguments(argv: readonly string[]): UpOptions {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h' },
        'no-demo': { type: 'boolean' },
        port: { type: 'string' },
        'keep-services': { type: 'boolean' },
        'terminate-unreplayable': { type: 'boolean' },
        'renew-secrets': { type: 'boolean' },
      },
    })
    const port = values.port === undefined ? null : settings.port.schema.safeParse(values.port).data
    if (port === undefined || port === 0) throw new Error(`'${values.port}' is not a port`)
    return {
      help: values.help ?? false,
      demo: !values['no-demo'],
      port,
      keepServices: values['keep-services'] ?? false,
      terminateUnreplayable: values['terminate-unreplayable'] ?? false,
      renewSecrets: values['renew-secrets'] ?? false,
    }
  } catch (error) {
    throw new Problem('invalid-input', (error as Error).message, { hint: "'npm start -- --help' lists the options" })
  }
}
