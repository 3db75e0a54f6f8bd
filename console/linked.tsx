/** A sentence with a link where it names a release or rollback. */
import { Fragment } from 'react'
import { subjectHref } from './address.ts'

/** @param service whose releases it may name; rollbacks have its name in theirs */
export function Linked({ text, service }: { readonly text: string; readonly service: string }) {
  // Names of services are `[a-z0-9-]`: nothing in them means anything in an expression.
  const names = new RegExp(`(rollback/${service}/[a-z0-9-]+/\\d+|\\b${service}-\\d+\\b)`)
  return text.split(names).map((part, at) => (
    // Parts have no name but their place, and none of them moves.
    <Fragment key={`${at} ${part}`}>{at % 2 === 1 ? <a href={subjectHref(part)}>{part}</a> : part}</Fragment>
  ))
}
