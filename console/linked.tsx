/** A sentence with a link where it names a release or rollback. */
import type { ReactNode } from 'react'
import { Fragment } from 'react'
import type { SubjectKind } from '../domain/subject.ts'
import { subjectHref } from './address.ts'

/**
 * A sentence is prose: a name in it has no kind beside it, so each kind says how its names are written. Whatever has a kind is linked by
 * that.
 * @param service whose releases it may name; rollbacks have its name in theirs
 */
export function Linked({ text, service }: { readonly text: string; readonly service: string }) {
  // Names of services are `[a-z0-9-]`: nothing in them means anything in an expression.
  const rollbacks = new RegExp(`(rollback/${service}/[a-z0-9-]+/\\d+)`)
  const releases = new RegExp(`(\\b${service}-\\d+\\b)`)
  return linked('rollback', text, rollbacks, (rest) => linked('release', rest, releases, (words) => words))
}

/** @param others what to make of the text between the names */
const linked = (kind: SubjectKind, text: string, names: RegExp, others: (text: string) => ReactNode) =>
  text.split(names).map((part, at) => (
    // Parts have no name but their place, and none of them moves.
    <Fragment key={`${at} ${part}`}>{at % 2 === 1 ? <a href={subjectHref(kind, part)}>{part}</a> : others(part)}</Fragment>
  ))
