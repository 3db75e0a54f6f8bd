/** What can run a service's versions: one line each. */
import type { DoorProduct } from '../product.ts'
import { localTarget } from './local.ts'
import type { Target } from './target.ts'

export const targetProducts: readonly DoorProduct<Target>[] = [localTarget]
