/** The filter of a list of releases. It is part of the address, so a link shows the same list. */

export interface Filter {
  readonly service: string
  readonly environment: string
  readonly state: string
  /** How long ago, such as `24h`; empty: ever. */
  readonly since: string
}

const names = ['service', 'environment', 'state', 'since'] as const

/** @param query of an address, without the question mark */
export function filterOf(query: string): Filter {
  const given = new URLSearchParams(query)
  const [service = '', environment = '', state = '', since = ''] = names.map((name) => given.get(name) ?? '')
  return { service, environment, state, since }
}

/** The filter as a query. The address and the API use the same one. Empty without a filter. */
export function queryOf(filter: Filter): string {
  const query = new URLSearchParams(names.flatMap((name) => (filter[name] === '' ? [] : [[name, filter[name]]])))
  return query.size === 0 ? '' : `?${query}`
}

export const releasesHref = (filter: Partial<Filter> = {}): string => `#/releases${queryOf({ ...filterOf(''), ...filter })}`
