/** Prints a link that opens the console once. The link is a credential for five minutes, so it goes to stdout and nowhere else. */
import { ConsoleLink } from '../../schema/answers.ts'
import type { Verb } from '../../schema/verb.ts'
import type { Run } from '../context.ts'
import { read } from '../api-answers.ts'
import { shown } from './answers.ts'

const Link = ConsoleLink.pick({ url: true })

export const mintLink = (verb: Verb): Run => shown(verb, (json) => [read(Link, json).url])
