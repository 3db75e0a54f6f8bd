/** Texts of a declaration. Each has the bounds of the system that uses it. */
import { z } from 'zod'
import * as bounds from '../domain/bounds.ts'

export const RequestPath = z
  .string()
  .startsWith('/', 'a path begins with /')
  .max(bounds.longestPath)
  .refine(bounds.isRequestPath, 'a path is printable ASCII without blanks and #; anything else is written with %')

const Argument = z
  .string()
  .max(bounds.longestArgument)
  .refine(bounds.isArgument, 'an argument cannot contain the character U+0000 or half a character')

/** Program and arguments. */
export const Command = z
  .array(Argument)
  .min(1)
  .max(bounds.mostArguments)
  .refine(([program]) => program !== '', 'the program has no name')
  .refine((words) => bounds.bytesOf(words) <= bounds.longestArguments, `at most ${bounds.longestArguments} bytes in all`)

export const Line = z.string().min(1).max(200).refine(bounds.isLine, 'a text of one line, without control characters')

export const Query = z.string().min(1).max(4_000).refine(bounds.isText, 'a text without control characters')
