/** The page's policy forbids code from text, which zod would try as soon as a schema is made: this is loaded before any of them. */
import { config } from 'zod'

config({ jitless: true })
