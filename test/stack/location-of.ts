/** Where environments are, as the API asks its providers. */
import { locating } from '../../adapters/provider.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'

export const locationOf = locating(targetProviders, trafficProviders)
