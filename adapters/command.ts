/** Schemas of commands, paths and names, with the bounds of the operating system and of HTTP. */
import { z } from 'zod'
import * as bounds from '../domain/bounds.ts'

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
  .refine((words) => bounds.bytesOf(words) <= bounds.longestArguments / 2, `at most ${bounds.longestArguments / 2} bytes in all`)

export const FolderName = z
  .string()
  .min(1)
  .max(bounds.longestFileName)
  .refine(bounds.isArgument, 'a folder cannot contain the character U+0000 or half a character')

export const RequestPath = z
  .string()
  .startsWith('/', 'a path begins with /')
  .max(bounds.longestPath)
  .refine(bounds.isRequestPath, 'a path is printable ASCII without blanks and #; anything else is written with %')

export const LabelValue = z.string().max(1_000).refine(bounds.isLine, 'a text of one line, without control characters')
