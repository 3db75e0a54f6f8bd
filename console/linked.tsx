/** A sentence with a link where it names a release or rollback. */
import type { ReactNode } from 'react'
import { Fragment } from 'react'
import type { SubjectKind } from '../domain/subject.ts'
import { subjectHref } from './address.ts'

/**
 * A sentence is prose, so a name in it has no kind beside it. Each kind has a pattern for its names. Answers that carry a kind are linked
 * by that kind instead.
 * @param service whose releases it may name; rollbacks have its name in theirs
 */
export function Linked({ text, service }: { readonly text: string; readonly service: string }) {
  // Names of services are `[a-z0-9-]`, so they need no escaping in a regular expression.
  const rollbacks = new RegExp(`(rollback/${service}/[a-z0-9-]+/\\d+)`)
  const releases = new RegExp(`(\\b${service}-\\d+\\b)`)
  return linked('rollback', text, rollbacks, (rest) => linked('release', rest, releases, (words) => words))
}

/** @param others renders the text between the names */
const linked = (kind: SubjectKind, text: string, names: RegExp, others: (text: string) => ReactNode) =>
  text.split(names).map((part, at) => (
    // A part has no key but its index, and parts never move.
    <Fragment key={`${at} ${part}`}>{at % 2 === 1 ? <a href={subjectHref(kind, part)}>{part}</a> : others(part)}</Fragment>
  ))
