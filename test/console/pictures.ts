/** Where to look for what the tests saw. */
import { createRunFolder } from '../stack/run-folder.ts'

/** The run's folder where none is said. */
export const pictures = async (): Promise<string> => process.env['HOLDFAST_SCREENSHOTS'] ?? (await createRunFolder('console'))
