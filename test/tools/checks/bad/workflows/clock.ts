// What the linter must refuse in domain/ and workflows/, and the rule it must name.
export const at = Date.now() // no-restricted-properties
export const draw = Math.random() // no-restricted-properties
export const id = crypto.randomUUID() // no-restricted-globals
