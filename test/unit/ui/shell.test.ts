// What the shell decides without a browser: Shift three times, the one line about connections, what waits for her, names of
// files, words for errors.
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../../src/wire/messages.ts'
import type { ApiError, EngineState, RelayView } from '../../../src/engine/api.ts'
import { shellTranslator } from '../../../src/ui/i18n/shell.ts'
import { errorText } from '../../../src/ui/shared/errors.ts'
import { fileName } from '../../../src/ui/shared/files.ts'
import { connectionOf, refusalWords, REFUSALS, relayMood } from '../../../src/ui/state/connection.ts'
import { shiftThrice } from '../../../src/ui/state/shift.ts'
import { todoKey, todosOf } from '../../../src/ui/state/todos.ts'
import { fakeEngine } from '../../support/fake-engine.ts'

const NOW = 1_750_000_000_000
const full = (): Promise<EngineState> => fakeEngine('full', NOW).state()

function pressed(keys: readonly [string, number, boolean?][]): number {
  let times = 0
  const press = shiftThrice(() => (times += 1))
  for (const [key, timeStamp, repeat = false] of keys) press({ key, timeStamp, repeat })
  return times
}

describe('Shift three times', () => {
  it('leaves at the third', () =>
    expect(
      pressed([
        ['Shift', 0],
        ['Shift', 300],
        ['Shift', 600],
      ]),
    ).toBe(1))
  it('capitals do not leave', () =>
    expect(
      pressed([
        ['Shift', 0],
        ['A', 10],
        ['Shift', 200],
        ['B', 210],
        ['Shift', 400],
        ['C', 410],
      ]),
    ).toBe(0))
  it('slow presses do not leave', () =>
    expect(
      pressed([
        ['Shift', 0],
        ['Shift', 1500],
        ['Shift', 3000],
      ]),
    ).toBe(0))
  it('a held key does not leave', () =>
    expect(
      pressed([
        ['Shift', 0],
        ['Shift', 30, true],
        ['Shift', 60, true],
        ['Shift', 90, true],
      ]),
    ).toBe(0))
})

const relay = (extra: Partial<RelayView>): RelayView => ({
  address: 'https://relevo.example.org',
  state: 'connected',
  reason: null,
  inStepAt: NOW,
  unsent: 0,
  own: false,
  trouble: null,
  ...extra,
})

async function withRelays(relays: readonly RelayView[]): Promise<EngineState> {
  const state = await full()
  return { ...state, spaces: state.spaces.slice(0, 1).map((space) => ({ ...space, relays })) }
}

describe('one line about connections', () => {
  it.each([
    ['none', []],
    ['step', [relay({})]],
    ['sending', [relay({ unsent: 1 })]],
    ['sending', [relay({ inStepAt: null })]],
    ['connecting', [relay({ state: 'connecting' }), relay({ state: 'offline' })]],
    ['offline', [relay({ state: 'offline' }), relay({ state: 'refused' })]],
    ['some', [relay({}), relay({ state: 'offline' })]],
  ] as const)('%s', async (said, relays) => {
    expect(connectionOf(await withRelays(relays))).toBe(said)
  })
  it('a relay that is connected but behind is sending', () => expect(relayMood(relay({ unsent: 2 }))).toBe('sending'))
})

describe('what waits for her', () => {
  it('knocks first, then reviews', async () => {
    expect(todosOf(await full()).map((todo) => todo.kind)).toEqual(['knock', 'review'])
  })
  it('a reader is not asked about knocks', async () => {
    const state = await full()
    const spaces = state.spaces.map((space) => ({ ...space, role: 'reader' as const, powers: false }))
    expect(todosOf({ ...state, spaces }).map((todo) => todo.kind)).toEqual(['review'])
  })
  it('an unchecked kit and a relay that refuses are there, with keys of their own', async () => {
    const state = await withRelays([relay({ state: 'refused' })])
    const todos = todosOf({ ...state, self: { alias: 'Copal', language: 'es', recoveryKitSeen: false } })
    expect(todos.map((todo) => todo.kind)).toEqual(['knock', 'kit', 'relay', 'review'])
    expect(new Set(todos.map(todoKey)).size).toBe(4)
  })
})

describe('names of files', () => {
  it('keeps letters, drops what a system refuses', () => {
    expect(fileName('Plan: Jacaranda / niñas?', '.json')).toBe('Plan Jacaranda niñas.json')
    expect(fileName('', '.json')).toBe('documento.json')
    expect(fileName('x'.repeat(300), '.json').length).toBeLessThan(100)
  })
})

describe('words for errors', () => {
  const errors: readonly ApiError[] = [
    { type: 'Locked' },
    { type: 'WeakPassphrase', reason: 'few-words' },
    { type: 'WrongRecoveryWords', unknownWord: 'nuve' },
    { type: 'WrongRecoveryWords', unknownWord: null },
    { type: 'BadInvitation', reason: 'newer-version' },
    { type: 'BadRelayAddress', address: 'ftp://x' },
    { type: 'BadDocument', reason: 'x', path: ['threats', 0] },
    { type: 'NotAllowed', rule: 'x' },
    { type: 'StorageFailed' },
  ]
  it.each(['es', 'en'] as const)('every error has words in %s', (language) => {
    const t = shellTranslator(() => language)
    for (const error of errors) expect(errorText(t, error)).not.toMatch(/undefined|^error_|^weak_|^bad/)
    expect(errorText(t, { type: 'WrongRecoveryWords', unknownWord: 'nuve' })).toContain('nuve')
  })
})

describe('why a relay refuses', () => {
  it('has words for every code of the wire, in both languages, and never shows the code', () => {
    expect([...REFUSALS].sort()).toEqual([...ERROR_CODES].sort())
    for (const language of ['es', 'en'] as const)
      for (const code of ERROR_CODES) {
        const said = shellTranslator(() => language)(refusalWords(code))
        expect(said).not.toContain(code.includes('-') ? code : `: ${code}`)
        expect(said.length).toBeGreaterThan(20)
      }
  })
  it('a code that is none says so without repeating it', () => {
    expect(refusalWords('<b>x</b>')).toBe('relayReason_other')
    expect(refusalWords(null)).toBe('relayReason_other')
  })
})
