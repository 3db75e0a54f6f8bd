/** Parses the parts of a pod and of a Deployment's conditions that Holdfast reads. It ignores everything else. */
import { z } from 'zod'

const Terminated = z.looseObject({
  exitCode: z.int(),
  signal: z.int().exactOptional(),
  reason: z.string().default(''),
  message: z.string().default(''),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
})

const State = z
  .looseObject({
    waiting: z.looseObject({ reason: z.string().default(''), message: z.string().default('') }).exactOptional(),
    running: z.looseObject({ startedAt: z.string().nullish() }).exactOptional(),
    terminated: Terminated.exactOptional(),
  })
  .default({})

const ContainerStatus = z.looseObject({
  name: z.string(),
  ready: z.boolean().default(false),
  started: z.boolean().nullish(),
  restartCount: z.int().default(0),
  image: z.string().default(''),
  state: State,
  lastState: State,
})
export type ContainerStatus = z.output<typeof ContainerStatus>

export const Condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
  lastTransitionTime: z.string().nullish(),
})
export type Condition = z.output<typeof Condition>

export const Pod = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    creationTimestamp: z.string().nullish(),
    deletionTimestamp: z.string().nullish(),
  }),
  spec: z.looseObject({ nodeName: z.string().nullish() }).default({}),
  status: z
    .looseObject({
      phase: z.string().default('Pending'),
      reason: z.string().default(''),
      startTime: z.string().nullish(),
      conditions: z.array(Condition).default([]),
      initContainerStatuses: z.array(ContainerStatus).default([]),
      containerStatuses: z.array(ContainerStatus).default([]),
    })
    .prefault({}),
})
export type Pod = z.output<typeof Pod>

export const conditionOf = (conditions: readonly Condition[], type: string): Condition | undefined =>
  conditions.find((condition) => condition.type === type)

/** Whether a pod is meant to serve. A pod that is being deleted, was evicted or has ended is not. */
export const isServing = ({ metadata, status }: Pod): boolean =>
  (metadata.deletionTimestamp ?? null) === null && status.phase !== 'Failed' && status.phase !== 'Succeeded'

export const isReady = ({ status }: Pod): boolean => conditionOf(status.conditions, 'Ready')?.status === 'True'
