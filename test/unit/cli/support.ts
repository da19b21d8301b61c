// States and a terminal made up for the tests of the command line. The engine itself is tested elsewhere and, through real
// processes, in test/relay/headless-*.test.ts; here it answers only what a test of parsing and printing needs.
import { vi } from 'vitest'
import { ok } from '../../../src/base/result.ts'
import type { EngineHost, EngineState, KnockView, MemberView, SpaceView } from '../../../src/engine/api.ts'
import type { Io } from '../../../src/cli/session.ts'

export const hex = (start: string, length = 64) => start.padEnd(length, '0')

export const member = (id: string, alias: string, more: Partial<MemberView> = {}): MemberView =>
  ({ id: hex(id, 32), alias, role: 'editor', status: 'active', me: false, devices: [], ...more }) as MemberView

export const knock = (device: string, words: string, more: Partial<KnockView> = {}): KnockView =>
  ({
    invitation: hex('99'),
    device: hex(device),
    note: '',
    role: 'editor',
    mode: 'confirm',
    words: words.split(' '),
    at: 0,
    contested: false,
    ...more,
  }) as KnockView

export const space = (id: string, name: string, more: Partial<SpaceView> = {}): SpaceView =>
  ({
    id: hex(id),
    name,
    standing: 'active',
    me: hex('01', 32),
    role: 'coordinator',
    powers: true,
    pending: [],
    warnings: [],
    successors: [],
    continues: null,
    members: [],
    documents: [],
    relays: [],
    invitations: [],
    knocks: [],
    present: [],
    unsent: 0,
    withPeople: { have: 0, of: 0 },
    onRelays: { have: 0, of: 0 },
    progress: null,
    epoch: 1,
    ...more,
  }) as SpaceView

export const stateOf = (...spaces: SpaceView[]): EngineState => ({
  vault: 'unlocked',
  self: { alias: 'Ixchel', language: 'es', recoveryKitSeen: true },
  spaces,
  joining: [],
  linking: [],
  peers: [],
  storageFailing: false,
})

export interface Terminal extends Io {
  readonly printed: { out: string; err: string }
}

export function terminal(more: Partial<Io> = {}): Terminal {
  const printed = { out: '', err: '' }
  return {
    printed,
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
    interactive: false,
    env: { LANG: 'es_GT.UTF-8' },
    ask: () => Promise.resolve(null),
    askSecret: () => Promise.resolve(null),
    readStdinLine: () => Promise.resolve('una frase secreta de prueba'),
    readStdin: () => Promise.resolve(''),
    signal: new AbortController().signal,
    clock: { now: () => 0, after: () => () => undefined },
    ...more,
  }
}

/** An engine that is in `state` and answers with what is given for a method; anything else asked of it fails the test. */
export function engineOf(state: EngineState, answers: Partial<EngineHost> = {}) {
  const close = vi.fn(() => Promise.resolve())
  const engine = {
    state: () => Promise.resolve(state),
    subscribe: (listener: (state: EngineState) => void) => {
      listener(state)
      return Promise.resolve(() => undefined)
    },
    unlock: () => Promise.resolve(ok(undefined)),
    flush: () => Promise.resolve(),
    ...answers,
  } as EngineHost
  return { start: () => Promise.resolve(ok({ engine, close })), close }
}
