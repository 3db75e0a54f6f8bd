/** The folder of the pages' pictures. */
import { createRunFolder } from '../stack/run-folder.ts'

/** The folder of the setting, else one of the run. */
export const pictures = async (): Promise<string> => process.env['HOLDFAST_SCREENSHOTS'] ?? (await createRunFolder('console'))
