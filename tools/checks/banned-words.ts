/**
 * Words that Holdfast replaced by a standard word. A word gets its row here once no file uses it. docs/concepts.md defines the nouns in
 * use.
 */

export interface BannedWord {
  /**
   * A word in lower case is banned inside names too: `door` matches `openDoors`, `way back` matches `wayBack`. A word with a capital
   * matches the whole name only.
   */
  readonly word: string
  readonly use: string
  /** `names`: identifiers only, for a word that is plain English elsewhere. `text`: comments and strings too. */
  readonly where: 'names' | 'text'
}

export const bannedWords: readonly BannedWord[] = [
  { word: 'product', use: 'provider', where: 'text' },
  { word: 'Given', use: "a provider's settings", where: 'names' },
  { word: 'door', use: 'the name of the interface; dependencies; control socket', where: 'text' },
  { word: 'Asked', use: 'PendingRequest; RequestContext', where: 'names' },
  { word: 'wish', use: 'input', where: 'text' },
  { word: 'By', use: 'Caller', where: 'names' },
  { word: 'way back', use: 'revert', where: 'text' },
  { word: 'divert', use: 'revert traffic', where: 'text' },
  { word: 'brings home', use: 'recovers lost', where: 'text' },
  { word: 'fence', use: 'fencing token', where: 'names' },
  { word: 'reading', use: 'counters; queries; an answer of the API', where: 'names' },
  { word: 'lookSignal', use: 'wakeSignal', where: 'names' },
  { word: 'Seen', use: 'Observation', where: 'names' },
  { word: 'Happened', use: 'ActivityEvent', where: 'names' },
  { word: 'ActInput', use: 'StepInput', where: 'names' },
  { word: 'ActResult', use: 'StepResult', where: 'names' },
  { word: 'an act', use: 'a step; an activity', where: 'text' },
  { word: 'place', use: 'EnvironmentRef; ref', where: 'names' },
  { word: 'Kept', use: 'Snapshot', where: 'names' },
  { word: 'saidOf', use: 'verdictOf', where: 'names' },
  { word: 'Told', use: 'Notified', where: 'names' },
  { word: 'under way', use: 'in flight; in progress', where: 'text' },
  { word: 'on its way', use: 'in flight; in progress', where: 'text' },
  { word: 'comes home', use: 'is reverted', where: 'text' },
  { word: 'went back', use: 'was reverted', where: 'text' },
  { word: 'goes back', use: 'is reverted', where: 'text' },
  { word: 'to go back to', use: 'to revert to', where: 'text' },
  { word: 'taken back', use: 'reverted', where: 'names' },
  { word: 'whoever', use: 'the actor: the caller, the worker, the process that', where: 'text' },
  { word: 'way out', use: 'the name of the phase', where: 'text' },
  { word: 'KeptAnswer', use: 'StoredAnswer', where: 'names' },
  { word: 'bring out', use: 'run a rollout; release', where: 'text' },
  { word: 'retire', use: 'remove; drain', where: 'text' },
  { word: 'retired', use: 'removed; drained', where: 'text' },
  { word: 'untold', use: 'missing; unreported', where: 'text' },
  { word: 'unsaid', use: 'no details', where: 'names' },
  { word: 'Said', use: 'the name of the answer; FailureDetails', where: 'names' },
]
