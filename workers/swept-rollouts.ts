/** What the sweeper needs to know of rollouts and rollbacks: how their workflows are started, and when another signal is useful. */
import type { Database } from '../adapters/postgres/database/database.ts'
import { foundRollout } from '../adapters/postgres/rollouts/rollout-turns.ts'
import type { Executions } from '../adapters/temporal/executions.ts'
import type { Starting } from '../adapters/temporal/starting.ts'
import { systemActor } from '../domain/actor.ts'
import { releaseWorkflowId } from '../domain/identity.ts'
import type { TurnKind } from '../domain/queue/kinds.ts'
import { isAskedToRevert } from '../domain/queue/turn.ts'
import { isLegal } from '../domain/rollout/phase.ts'
import type { SweptKind } from './sweep.ts'

const sweeper = systemActor('sweeper')

export function sweptRollouts(
  db: Database,
  { state }: Pick<Executions, 'state'>,
  { startRollback }: Pick<Starting, 'startRollback'>,
): Record<TurnKind, SweptKind> {
  const swept = {
    start: async (workflowId: string) => startRollback((await foundRollout(db, workflowId)).plan, sweeper),

    // Only while abort is legal. Otherwise a revert that waits days for an operator would be signalled all that time.
    heedsPending: async ({ workflowId, pending }: Parameters<SweptKind['heedsPending']>[0]) =>
      isAskedToRevert(pending) && isLegal((await foundRollout(db, workflowId)).phase, 'abort'),
  }
  return {
    rollback: { ...swept, whenAbsent: async () => 'start' },
    rollout: {
      ...swept,
      // A running release will still start its rollout; a closed one will not.
      async whenAbsent({ workflowId }) {
        const { ref, release } = (await foundRollout(db, workflowId)).plan
        return (await state(releaseWorkflowId(ref.service, release))) === 'closed' ? 'lost' : 'wait'
      },
    },
  }
}
