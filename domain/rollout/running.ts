/** What runs in an environment, as a rollout judges it when it takes its turn. */

/** The replicas of one revision. */
export interface Running {
  readonly revision: string
  readonly wantedReplicas: number
  readonly readyReplicas: number
}

/** Whether all wanted replicas are ready. A revision that is scaled to 0 serves no user. */
export const isReady = ({ wantedReplicas, readyReplicas }: Omit<Running, 'revision'>): boolean =>
  readyReplicas >= Math.max(1, wantedReplicas)

/** The stable version's present replica count, which an autoscaler may have changed; the declared count where it does not run. */
export function stableReplicas(running: readonly Running[], canary: string, declared: number): number {
  const others = running.filter(({ revision }) => revision !== canary)
  return Math.max(0, ...others.map(({ wantedReplicas }) => wantedReplicas)) || declared
}
