/** Whether scopes allow an action: `*` everything, `release:*` everything of a noun, `release:start` one verb. */

export const isAllowed = (scopes: readonly string[], action: string): boolean =>
  scopes.some((scope) => scope === '*' || scope === action || (scope.endsWith(':*') && action.startsWith(scope.slice(0, -1))))
