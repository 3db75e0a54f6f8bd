/** The output for people: the picture of a release, tables and events. No text from outside may control the terminal. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { summaryOf } from '../../cli/analysis-summary.ts'
import { EventAnswer, ReleaseAnswer, read } from '../../cli/api-answers.ts'
import { plain } from '../../cli/terminal.ts'
import { bar, cells, clip, percentText, tableLines, wrap } from '../../cli/view/columns.ts'
import { durationText } from '../../cli/view/duration.ts'
import { eventSentence } from '../../cli/view/event-line.ts'
import { createLiveScreen } from '../../cli/view/live-screen.ts'
import { expText, releaseLines } from '../../cli/view/release-view.ts'
import { analysis, event, release } from './recorded-api.ts'

const picture = (more: object = {}, columns = 100) => {
  const answer = read(ReleaseAnswer, release(more))
  const analysis = summaryOf(answer.analysis)
  const nowMs = Date.parse('2026-01-02T03:05:00Z')
  const told = [read(EventAnswer, event(1, 'removed', { version: 'a-version-with-a-rather-long-name-1233' }))]
  const common = { events: told, eventRows: 3, columns, paint: (_: unknown, text: string) => text, footer: null }
  return releaseLines({ release: answer, analysis, nowMs, ...common }).join('\n')
}

describe('the picture of a release', () => {
  it('shows the phase, both versions with their errors, and the evidence with its limit', () => {
    const text = picture()
    for (const part of ['shop-3  1.2.0  in production', 'progressing · baking  55s', '● 10 %   ○ 100 %   ○ watch'])
      expect(text).to.include(part)
    expect(text).to.match(/stable 1\.1\.0 .* 90 % +1,204 +6 +0\.50 %/)
    expect(text).to.match(/canary 1\.2\.0 .* 10 % +131 +7 +5\.3 %/)
    expect(text).to.match(/evidence +█+.*│ E 12 of 122/)
  })

  it('does not call the version of a rollback or a first version a canary', () => {
    const rollback = picture({
      // The kind decides, not the form of the id.
      kind: 'rollback',
      id: 'shop-3',
      version: '1.1.0',
      weightPercent: 100,
      phase: 'watching',
      state: 'watching',
    })
    expect(rollback)
      .to.match(/ from 1\.1\.0 .* 0 %/)
      .and.match(/ back to 1\.2\.0 .* 100 %/)
    expect(rollback).to.not.match(/canary|stable/)
    expect(picture({ stable: null, weightPercent: 100 }))
      .to.match(/ new 1\.2\.0 .* 100 %/)
      .and.not.match(/canary|stable/)
    for (const standing of ['warming-up', 'idle', 'blind', 'unguarded'] as const)
      expect(summaryOf({ standing })?.note, standing).to.include('the new version')
  })

  it('says what a pass still needs, and where the evidence is weaker than it looks', () => {
    const text = picture({
      analysis: {
        ...analysis,
        toPass: { toGoMs: 90_000, text: 'errors: at most 2.1 %, needs 1 %: about 90 s to go' },
        evidence: {
          ...analysis.evidence,
          cautions: ['alpha is not held, because of clusters larger than analysis.maxDispersion'],
        },
      },
    })
    expect(text).to.include('pass: errors: at most 2.1 %, needs 1 %: about 90 s to go')
    expect(text).to.include('alpha is not held').and.to.include('analysis.maxDispersion')
  })

  it('says for each version how often a replica ended by itself, and that none is healthy', () => {
    const canary = { exits: 3, how: 'exit code 1, 3 times in 40 s', lastAtMs: 1, lines: ['out of luck'], deadSinceMs: 1 }
    const stable = { exits: 0, how: null, lastAtMs: null, lines: [], deadSinceMs: null }
    const text = picture({ analysis: { ...analysis, evidence: { ...analysis.evidence, replicas: { canary, stable } } } })
    expect(text).to.include('1.2.0: 3 exits: exit code 1, 3 times in 40 s; no healthy replica now')
    expect(text).to.not.include('1.1.0:')
    const exited = event(2, 'replica-exited', { version: '1.2.0', replica: 0, count: 3, detail: 'exit code 1, 3 times in 40 s' })
    expect(eventSentence(read(EventAnswer, exited))).to.equal('a replica of 1.2.0 ended by itself: exit code 1, 3 times in 40 s')
  })

  it('says what a person can do when one is needed, and why it was reverted', () => {
    expect(picture({ state: 'held', phase: 'held', waitsFor: 'a person to decide' })).to.include('you may pause, promote')
    const reason = { code: 'fail', detail: 'errors are 11 times the baseline’s' }
    const back = picture({ state: 'rolled-back', phase: null, reason })
    expect(back).to.include('✘ 10 %').and.include('fail: errors are 11 times')
    expect(back).not.to.include('evidence')
  })

  it('shows no steps as done when there was nothing to do', () => {
    const reason = { code: 'nothing-to-do', detail: '1.2.0 is stable already' }
    const text = picture({ state: 'succeeded', phase: null, reason })
    expect(text)
      .to.include('1.2.0 is stable already')
      .and.not.match(/✔|before/)
  })

  it('is still drawn with an analysis that this command line does not know', () => {
    expect(picture({ analysis: { something: 'new' } })).to.include('canary 1.2.0')
    expect(picture({ analysis: null, stable: null, moves: [] })).to.include('● 100 %')
  })
})

describe('text from elsewhere', () => {
  it('cannot move the cursor, set the title or colour what follows', () => {
    expect(plain('\x1b]0;owned\x07a\x1b[2J\x1b[31mb\r\nc\x9b1mtab\there')).to.equal('abc1mtab\there')
    const note = read(EventAnswer, event(1, 'requested', { request: 'abort', reason: '\x1b[8mhidden' }))
    expect(eventSentence(note)).to.equal('abort was requested: hidden')
    const newer = { ...event(2, 'removed', { version: '1' }), kind: 'something-\x1b[8mnew', data: { detail: 'why' } }
    expect(eventSentence(read(EventAnswer, newer))).to.equal('something new')
  })
})

describe('columns', () => {
  it('are measured as a terminal shows them', () => {
    expect(cells('\x1b[1mab\x1b[0m界')).to.equal(4)
    expect(clip('\x1b[31mabcdef\x1b[0m', 4)).to.equal('\x1b[31mabc…\x1b[0m')
    expect(
      tableLines(
        [{ title: 'a' }, { title: 'n', right: true }],
        [
          ['x', '1'],
          ['long', '100'],
        ],
        80,
      ),
    ).to.deep.equal(['a       n', 'x       1', 'long  100'])
    expect(wrap('one two three', 7)).to.deep.equal(['one two', 'three'])
    for (const share of [0, 0.001, 0.5, 1, 2, Number.NaN]) {
      const { full, rest } = bar(share, 10)
      expect(cells(full + rest)).to.equal(10)
      expect(full === '').to.equal(!(share > 0))
    }
    expect([0, 0.005, 0.05, 0.12].map(percentText)).to.deep.equal(['0 %', '0.50 %', '5.0 %', '12 %'])
    expect([500, 4_000, 125_000, 11_220_000].map(durationText)).to.deep.equal(['500ms', '4s', '2m 05s', '3h 07m'])
    expect([-0.2, 2.5, 20].map(expText)).to.deep.equal(['0.8', '12', '4.9e8'])
  })
})

describe('a narrow terminal', () => {
  const id = 'a-service-with-a-rather-long-name-1234'
  const row = [id, '1.0.0', 'progressing · baking', 'production', '3m ago']
  const columns = ['release', 'version', 'state', 'environment', 'started'].map((title) => ({
    title,
    isSpare: title === 'started',
  }))

  it('gets tables without the less important columns, then a block for each row, and always whole ids', () => {
    expect(tableLines(columns, [row], 200)[1]).to.match(/3m ago$/)
    const spared = tableLines(columns, [row], 90)
    expect(spared).to.have.length(2)
    expect(spared.join()).to.include(`${id}  1.0.0`).and.not.include('started')
    const blocks = tableLines(columns, [row], 60)
    expect(blocks).to.deep.equal([
      '',
      id,
      '  version      1.0.0',
      '  state        progressing · baking',
      '  environment  production',
    ])
  })

  it('gets a picture of a release that fits', () => {
    for (const columns of [60, 80])
      for (const line of picture({}, columns).split('\n')) expect(cells(line), line).to.be.below(columns)
    expect(picture({}, 60)).to.include('a-version-with-a-rather-long-name-1233')
  })
})

describe('a live screen', () => {
  it('draws in place, writes nothing without a change, stays within the window, and restores the cursor', () => {
    let written = ''
    const write = (text = ''): void => void (written += text)
    const base = { live: true, columns: () => 20, width: () => 20, rows: () => 5, line: write, note: write }
    const screen = createLiveScreen({ ...base, write, paint: (_, text) => text, paintNote: (_, text) => text })
    screen.draw(['one', 'two'])
    const first = written.length
    screen.draw(['one', 'two'])
    expect(written.length).to.equal(first)
    screen.draw(['1', '2', '3', '4', '5', 'a line that is longer than the window'])
    expect(written.slice(first)).to.include('\x1b[2A').and.include('…')
    expect(written.slice(first).split('\n')).to.have.length(5)
    screen.end()
    screen.end()
    expect(written.split('\x1b[?25h')).to.have.length(2)
  })
})
