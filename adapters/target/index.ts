/** What can run a service's versions: one line each. */
import { localTarget } from './local.ts'
import type { TargetProduct } from './target.ts'

export const targetProducts: readonly TargetProduct[] = [localTarget]
