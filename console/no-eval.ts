/** The page's policy forbids code from text, which zod tries when a schema is made. Load this file before any schema. */
import { config } from 'zod'

config({ jitless: true })
