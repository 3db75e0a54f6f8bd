/** Which page an address shows. The fragment names it, as in the links that the API writes, so the server serves one file only. */
import { useSyncExternalStore } from 'react'
import type { SubjectKind } from '../domain/subject.ts'
import type { Filter } from './filter.ts'
import { filterOf } from './filter.ts'

export type Page =
  | { readonly kind: 'services' }
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'releases'; readonly filter: Filter }
  /** A release or a rollback, by its path in the API. */
  | { readonly kind: 'release'; readonly id: string; readonly path: string }

/** An unknown address shows all services. */
export function pageOf(hash: string): Page {
  const [path = '', query = ''] = hash.split('?', 2)
  const [, noun, segment] = path.split('/')
  if (noun === 'releases' && segment === undefined) return { kind: 'releases', filter: filterOf(query) }
  const id = decoded(segment ?? '')
  if (!id) return { kind: 'services' }
  if (noun === 'services') return { kind: 'service', name: id }
  if (noun === 'releases' || noun === 'rollbacks') {
    return { kind: 'release', id, path: `/v1/${noun}/${encodeURIComponent(id)}` }
  }
  return { kind: 'services' }
}

export const serviceHref = (name: string): string => `#/services/${encodeURIComponent(name)}`

/** @param kind of subject @param id unique within its kind */
export const subjectHref = (kind: SubjectKind, id: string): string => `#/${kind}s/${encodeURIComponent(id)}`

/** The fragment, as it changes. */
export const useHash = (): string =>
  useSyncExternalStore(
    (changed) => {
      addEventListener('hashchange', changed)
      return () => removeEventListener('hashchange', changed)
    },
    () => location.hash,
  )

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return ''
  }
}
