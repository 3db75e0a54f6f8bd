/** The pasts of stable versions before a release, with the names of docs/limits.md. Only those that say so contain clusters. */
import type { Cluster, Draw } from './simulated-canary.ts'
import { oneByOne } from './simulated-canary.ts'
import type { Past } from './simulated-history.ts'

export interface NamedPast {
  readonly name: string
  /** Draws the instants of incidents anew at each call. */
  readonly past: (draw: Draw) => Omit<Past, 'replicas'>
}

const hour = 3_600
const hourlyLoad = 80
const steady = { seconds: hour, load: () => hourlyLoad, errorRate: 0.005, cluster: oneByOne }

/**
 * `count` bad minutes in the hour, one in each part of the hour. They begin at a multiple of `everySeconds`: 1 for any second, 60 for
 * whole minutes.
 */
function withIncidents(draw: Draw, count: number, everySeconds: number) {
  const part = hour / count
  const starts = Array.from({ length: count }, (_, i) => {
    const slots = Math.floor((part - 60) / everySeconds)
    return i * part + everySeconds * Math.floor(draw() * slots)
  })
  const incident = (second: number) => (starts.some((from) => second >= from && second < from + 60) ? 0.5 : 0)
  return { ...steady, incident }
}

const sineOfADay = (second: number): number => hourlyLoad * (1 + 0.9 * Math.sin((2 * Math.PI * second) / 86_400))

export const pasts: readonly NamedPast[] = [
  { name: 'steady', past: () => steady },
  { name: 'load alternating 10/150', past: () => ({ ...steady, load: (second) => (Math.floor(second / 60) % 2 ? 150 : 10) }) },
  { name: 'sine of a day', past: () => ({ ...steady, seconds: 6 * hour, load: sineOfADay }) },
  {
    name: 'after promotion 10/50/100',
    past: () => ({ ...steady, seconds: 1_200, load: (second) => hourlyLoad * (second < 300 ? 0.1 : second < 600 ? 0.5 : 1) }),
  },
  { name: 'one minute of 50 % errors', past: (draw) => withIncidents(draw, 1, 60) },
  { name: 'the same from any second', past: (draw) => withIncidents(draw, 1, 1) },
  { name: 'three such minutes', past: (draw) => withIncidents(draw, 3, 60) },
  { name: 'the same from any second (three)', past: (draw) => withIncidents(draw, 3, 1) },
]

/** An hour of steady traffic with errors in clusters. */
export const clusteredPast = (requestsPerSecond: number, errorRate: number, cluster: Cluster): Omit<Past, 'replicas'> => ({
  seconds: hour,
  load: () => requestsPerSecond,
  errorRate,
  cluster,
})
