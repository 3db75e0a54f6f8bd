/** What a list of releases is narrowed to: it stands in the address, so that a link shows the same. */

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

/** As a query, of the address and of the API alike; empty where nothing is narrowed. */
export function queryOf(filter: Filter): string {
  const query = new URLSearchParams(names.flatMap((name) => (filter[name] === '' ? [] : [[name, filter[name]]])))
  return query.size === 0 ? '' : `?${query}`
}

export const releasesHref = (filter: Partial<Filter> = {}): string => `#/releases${queryOf({ ...filterOf(''), ...filter })}`
