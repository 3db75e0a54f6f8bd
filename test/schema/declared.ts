/** A declaration as text, what is parsed of it, and what is wrong with it: for tests. */
import { isProblem } from '../../domain/problem.ts'
import type { Fault } from '../../domain/problem.ts'
import { parseDeclaration } from '../../schema/document.ts'
import { testDeclaration } from './providers.ts'

export const shop = (environment = '', more = ''): string => `kind: Service
name: shop
${more}
environments:
  - name: production
    target: { kind: local, command: [node, server.js] }
${environment}`

export const parse = (text: string) => parseDeclaration(testDeclaration, text)

export function faultsOf(text: string): readonly Fault[] {
  try {
    parse(text)
  } catch (error) {
    if (isProblem(error, 'invalid-input')) return error.errors
    throw error
  }
  throw new Error('the declaration was accepted')
}
