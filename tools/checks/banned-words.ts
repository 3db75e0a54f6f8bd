/**
 * Words that were dropped for one that the field knows. A row stands here once its word is gone; docs/concepts.md says what each noun
 * means.
 */

export interface BannedWord {
  /** In lower case where it may not be a word of a name: `door` meets `openDoors`, `way back` meets `wayBack`. Else the whole name. */
  readonly word: string
  readonly use: string
  /** `names`: identifiers alone, for a word that is plain English elsewhere. `text`: also comments and strings. */
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
]
