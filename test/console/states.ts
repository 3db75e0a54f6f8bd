/** Every page of the console in every state it can be in. */
import { releasesOf } from './page-state.ts'
import { releaseStates } from './release-states.ts'
import { serviceStates } from './service-states.ts'
import { recordings } from './recordings.ts'
import { problem, manyReleases } from './standing.ts'
import type { PageState } from './page-state.ts'

/** The states by name. */
export const pageStates: Readonly<Record<string, PageState>> = {
  ...serviceStates,
  ...releaseStates,
  'releases, none': { address: '#/releases', answers: { ...recordings, ...releasesOf() }, shows: 'Releases' },
  'releases, none match the filter': {
    address: '#/releases?service=checkout&state=aborted',
    answers: { ...recordings, ...releasesOf() },
    shows: 'Releases',
  },
  'releases, 200': {
    address: '#/releases',
    answers: { ...recordings, 'GET /v1/releases': { body: { items: manyReleases, nextCursor: 'more' } } },
    shows: 'checkout-300',
  },
  'releases, an unknown service': {
    address: '#/releases?service=nope',
    answers: {
      ...recordings,
      'GET /v1/releases': problem(
        404,
        'not-found',
        'there is no service nope',
        "'holdfast service list' shows the existing ones",
      ),
    },
    shows: 'there is no service nope',
  },
  'no such page': { address: '#/nonsense/x', answers: recordings, shows: 'Holdfast' },
}
