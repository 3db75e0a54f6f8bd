/** The stage `authorize`: refuses a caller who may not do what the route's verb does. */
import type { Principal } from '../../adapters/postgres/access/keys.ts'
import { Problem } from '../../domain/problem.ts'
import type { Verb } from '../../schema/verb.ts'
import type { ApiContext } from '../middleware/state.ts'
import { isAllowed } from '../permission.ts'

const nobody: Principal = { actor: { kind: 'system', id: 'anonymous' }, scopes: [], keyId: null }

/** Returns the caller. @throws Problem not-authenticated, not-allowed */
export function authorize(ctx: ApiContext, { action }: Verb): Principal {
  const { principal } = ctx.state
  if (action === 'public') return principal ?? nobody
  if (!principal)
    throw new Problem(
      'not-authenticated',
      ctx.get('Authorization') === '' ? 'no credential was sent' : 'the credential is not valid',
      { hint: "send 'Authorization: Bearer <key>'; 'holdfast login' stores a key" },
    )
  if (!isAllowed(principal.scopes, action))
    throw new Problem('not-allowed', `${principal.actor.id} may not ${action}`, {
      hint: `ask for a key with this scope: 'holdfast key create --scope ${action}' creates one`,
    })
  return principal
}
