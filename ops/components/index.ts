/** Every real part the stack needs: one line each. */
import type { Component } from './component.ts'
import { postgres } from './postgres.ts'
import { temporal } from './temporal.ts'

export const components: readonly Component[] = [temporal, postgres]
