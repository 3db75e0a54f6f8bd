/** Task queues: one per kind of worker, so that each scales on its own. */
export const taskQueues = { control: 'control', act: 'act', analysis: 'analysis' } as const
