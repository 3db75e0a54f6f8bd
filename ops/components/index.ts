/** Every real part that Holdfast is run or tested with: one line each. */
import { chromium } from './chromium.ts'
import type { Component } from './component.ts'
import { postgres } from './postgres.ts'
import { prometheus } from './prometheus.ts'
import { redis } from './redis.ts'
import { temporal } from './temporal.ts'

/** What the stack of `npm start` cannot be without. */
export const components: readonly Component[] = [temporal, postgres]

/** What further tests use where it is there. */
export const furtherComponents: readonly Component[] = [prometheus, redis, chromium]
