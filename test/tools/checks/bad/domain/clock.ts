// What the linter must refuse in domain/ and workflows/, and the rule it must name.
export const at = Date.now() // no-restricted-properties
export const draw = Math.random() // no-restricted-properties
export const since = performance.now() // no-restricted-globals
setTimeout(() => undefined, 1) // no-restricted-globals
console.log(process.pid) // no-restricted-globals
