import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../../domain/problem.ts'
import { help, readArguments } from '../../../ops/up/arguments.ts'

const everything = ['--no-demo', '--port', '7421', '--keep-services', '--terminate-unreplayable', '--renew-secrets']

describe('npm start', () => {
  it('takes the options of its help, all of which are optional', () => {
    expect(readArguments(everything)).to.deep.equal({
      help: false,
      demo: false,
      port: 7421,
      keepServices: true,
      terminateUnreplayable: true,
      renewSecrets: true,
    })
    expect(readArguments([])).to.deep.equal({
      help: false,
      demo: true,
      port: null,
      keepServices: false,
      terminateUnreplayable: false,
      renewSecrets: false,
    })
    expect(readArguments(['--help']).help).to.equal(true)
    for (const flag of [...everything, '--help'].filter((word) => word.startsWith('--'))) expect(help).to.include(flag)
  })

  it('refuses unknown options, and names the help', () => {
    for (const wrong of [['--demo'], ['--port', '0'], ['--port', 'x'], ['now']]) {
      let refused: unknown
      try {
        readArguments(wrong)
      } catch (error) {
        refused = error
      }
      expect(isProblem(refused, 'invalid-input') && refused.hint, wrong.join(' ')).to.include('--help')
    }
  })
})
