// The commands about deciding: what they ask of the engine, what they print, and their exit codes. The engine is made up; that it
// keeps the rules is tested in test/unit/engine/people.test.ts.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { err, ok } from '../../../src/base/result.ts'
import { run } from '../../../src/cli/run.ts'
import type {
  DeviceView,
  EngineHost,
  HistoryItem,
  MemberView,
  PendingView,
  SpaceView,
  SuccessorView,
} from '../../../src/engine/api.ts'
import { engineOf, hex, member, space, stateOf, terminal } from './support.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telar-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const sync = () => Promise.resolve(ok({ relays: [], sent: NONE, received: NONE }))
const NONE = { entries: 0, bytes: 0 }

const device = (id: string, name: string, more: Partial<DeviceView> = {}) =>
  ({
    id: hex(id),
    name,
    status: 'active',
    me: false,
    addedAt: 0,
    lastSeenAt: null,
    flagged: false,
    ...more,
  }) as DeviceView

const pending = (id: string, more: Partial<PendingView> = {}) =>
  ({
    operation: hex(id),
    why: 'majority',
    what: 'remove',
    by: hex('01', 32),
    member: hex('02', 32),
    device: null,
    role: null,
    at: 0,
    needed: 2,
    have: [hex('01', 32)],
    against: [],
    electorate: [],
    mine: 'open',
    ...more,
  }) as PendingView

const members: readonly MemberView[] = [
  member('01', 'Ixchel', { me: true, role: 'coordinator', devices: [device('d1', 'compu', { me: true })] }),
  member('02', 'Luz', { devices: [device('d2', 'teléfono', { flagged: true }), device('d3', '')] }),
  member('03', 'Copal', { status: 'removed', devices: [device('d4', 'viejo', { status: 'removed' })] }),
]

async function telar(argv: readonly string[], of: Partial<SpaceView>, answers: Partial<EngineHost> = {}) {
  const io = terminal()
  const state = stateOf(space('aa', 'Red', { members, ...of }))
  const details = () => Promise.resolve(err({ type: 'UnknownSpace' as const }))
  const { start } = engineOf(state, { sync, spaceDetails: details, ...answers })
  const code = await run(['--home', folder, '--passphrase-stdin', ...argv], io, start)
  return { code, ...io.printed }
}

const effect = (value: 'done' | 'waiting') => vi.fn(() => Promise.resolve(ok({ effect: value })))

describe('orders about people', () => {
  test('role, and what it came to', async () => {
    const setRole = effect('waiting')
    const said = await telar(['role', 'luz', 'coordinator'], {}, { setRole })
    expect(said.code).toBe(0)
    expect(said.out).toContain('cosign')
    expect(setRole).toHaveBeenCalledWith({ space: hex('aa'), member: hex('02', 32), role: 'coordinator' })
    const json = await telar(['role', 'luz', 'reader', '--json'], {}, { setRole: effect('done') })
    expect(JSON.parse(json.out)).toMatchObject({
      member: hex('02', 32),
      role: 'reader',
      effect: 'done',
      onRelay: false,
    })
    expect((await telar(['role', 'luz', 'queen'], {})).code).toBe(2)
  })

  test('remove says whether she is out or it waits for others', async () => {
    const out = await telar(['remove', 'Luz', '--json'], {}, { removeMember: effect('waiting') })
    expect(JSON.parse(out.out)).toMatchObject({ removed: null, member: hex('02', 32), effect: 'waiting' })
    expect((await telar(['remove', 'Luz'], {}, { removeMember: effect('done') })).out).toContain('Luz')
    expect((await telar(['remove', 'Copal'], {})).code).toBe(4)
  })

  test('what the rules refuse is exit 1 with the rule', async () => {
    const refused = () => Promise.resolve(err({ type: 'NotAllowed' as const, rule: 'ME-12 no-majority-possible' }))
    const said = await telar(['remove', 'Luz'], {}, { removeMember: refused })
    expect(said.code).toBe(1)
    expect(said.err).toContain('ME-12 no-majority-possible')
  })
})

describe('devices', () => {
  test('are listed for those who are in, marked when flagged', async () => {
    const said = await telar(['devices'], {})
    expect(said.out.split('\n').filter((line) => line.startsWith('d'))).toHaveLength(3)
    expect(said.out).toContain('activo !')
    expect(JSON.parse((await telar(['devices', '--json'], {})).out)).toMatchObject({
      devices: [{ id: hex('d1'), alias: 'Ixchel' }, { id: hex('d2'), member: hex('02', 32) }, { id: hex('d3') }],
    })
  })

  test('are suspended, resumed and named by name or id', async () => {
    const suspendDevice = effect('done')
    expect((await telar(['suspend', 'teléfono'], {}, { suspendDevice })).code).toBe(0)
    expect(suspendDevice).toHaveBeenCalledWith({ space: hex('aa'), device: hex('d2') })
    const resumeDevice = effect('done')
    expect((await telar(['resume', 'd3'], {}, { resumeDevice })).code).toBe(0)
    expect(resumeDevice).toHaveBeenCalledWith({ space: hex('aa'), device: hex('d3') })
    const nameDevice = vi.fn(() => Promise.resolve(ok(undefined)))
    expect((await telar(['devices', 'name', 'd1', 'mi compu'], {}, { nameDevice })).code).toBe(0)
    expect(nameDevice).toHaveBeenCalledWith({ space: hex('aa'), device: hex('d1'), name: 'mi compu' })
    expect((await telar(['suspend', 'd4'], {})).code).toBe(4)
  })

  test('renew is of one space, or with --all of every one', async () => {
    const renewKeys = vi.fn(() => Promise.resolve(ok({ spaces: 1 })))
    expect((await telar(['renew'], {}, { renewKeys })).code).toBe(0)
    expect((await telar(['renew', '--all'], {}, { renewKeys })).code).toBe(0)
    expect(renewKeys.mock.calls).toEqual([[{ space: hex('aa') }], [{ space: null }]])
  })
})

describe('cosign', () => {
  const cosign = () => vi.fn(() => Promise.resolve(ok(undefined)))

  test('takes the only question that is open to me, yes or no', async () => {
    const said = cosign()
    const open = { pending: [pending('e1', { mine: 'none' }), pending('e2')] }
    expect((await telar(['cosign'], open, { cosign: said })).code).toBe(0)
    expect((await telar(['cosign', '--no'], open, { cosign: said })).code).toBe(0)
    expect((await telar(['cosign', 'e1'], open, { cosign: said })).code).toBe(0)
    expect(said.mock.calls).toEqual([
      [{ space: hex('aa'), operation: hex('e2'), verdict: true }],
      [{ space: hex('aa'), operation: hex('e2'), verdict: false }],
      [{ space: hex('aa'), operation: hex('e1'), verdict: true }],
    ])
  })

  test('never guesses between two', async () => {
    const said = cosign()
    const open = { pending: [pending('e1'), pending('e2')] }
    expect((await telar(['cosign'], open, { cosign: said })).code).toBe(4)
    expect((await telar(['cosign'], { pending: [] }, { cosign: said })).code).toBe(4)
    expect(said).not.toHaveBeenCalled()
  })
})

describe('what is open', () => {
  const successor = { operation: hex('f1'), space: hex('bb'), by: hex('02', 32), at: 0, state: 'open' } as SuccessorView

  test('is in status, in both languages, and in --json', async () => {
    const open: Partial<SpaceView> = {
      pending: [pending('e1', { what: 'set-role', role: 'coordinator' })],
      warnings: [
        { type: 'no-coordinator' },
        { type: 'keys-missing' },
        { type: 'away', since: 0, still: 2 },
        { type: 'two-versions', member: hex('02', 32) as never, device: hex('d2') as never },
      ],
      successors: [successor],
    }
    const es = await telar(['status'], open)
    for (const part of ['espera decisión e1', 'Luz', 'coordinadora', '1 de 2', 'continue', 'follow f1', 'd2000000'])
      expect(es.out).toContain(part)
    const en = await telar(['status', '--lang', 'en'], open)
    for (const part of ['waits for a decision', '1 of 2', '2 more people', 'no news since 1970'])
      expect(en.out).toContain(part)
    const json = JSON.parse((await telar(['status', '--json'], open)).out) as { spaces: unknown[] }
    expect(json.spaces).toMatchObject([{ powers: true, pending: [{}], warnings: [{}, {}, {}, {}], successors: [{}] }])
  })

  test('follow takes the only announcement not answered yet', async () => {
    const acceptSuccessor = vi.fn(() => Promise.resolve(ok({ invitation: hex('99') as never })))
    const done = { ...successor, operation: hex('f2'), state: 'here' } as SuccessorView
    expect((await telar(['follow'], { successors: [done, successor] }, { acceptSuccessor })).code).toBe(0)
    expect(acceptSuccessor).toHaveBeenCalledWith({ space: hex('aa'), operation: hex('f1') })
    expect((await telar(['follow'], { successors: [done] }, { acceptSuccessor })).code).toBe(4)
  })

  test('continue goes on with everybody and the same relays unless told otherwise', async () => {
    const continueSpace = vi.fn(() => Promise.resolve(ok({ space: hex('bb') as never })))
    const relay = {
      address: 'http://r',
      state: 'offline',
      reason: null,
      inStepAt: null,
      unsent: 0,
      own: false,
      trouble: null,
    } as const
    expect((await telar(['continue', 'Otra'], { relays: [relay] }, { continueSpace })).code).toBe(0)
    const argv = ['continue', 'Otra', '--member', 'luz', '--relay', 'http://s']
    expect((await telar(argv, { relays: [relay] }, { continueSpace })).code).toBe(0)
    const common = { space: hex('aa'), name: 'Otra', members: [hex('02', 32)] }
    expect(continueSpace.mock.calls).toEqual([
      [{ ...common, relays: ['http://r'] }],
      [{ ...common, relays: ['http://s'] }],
    ])
  })
})

test('history is told in words, the latest first, void ones with their rule', async () => {
  const item = (more: Partial<HistoryItem>) =>
    ({
      operation: hex('e1'),
      at: 0,
      by: hex('01', 32),
      device: hex('d1'),
      what: 'remove',
      member: hex('02', 32),
      target: null,
      role: null,
      verdict: null,
      of: null,
      relays: null,
      effect: 'done',
      reason: null,
      ...more,
    }) as HistoryItem
  const items = [
    item({ what: 'cosign', verdict: false }),
    item({ effect: 'void', reason: 'ME-13 cut-off' }),
    item({ what: 'set-role', role: 'coordinator', effect: 'waiting' }),
  ]
  const history = () => Promise.resolve(ok(items))
  const lines = (await telar(['history'], {}, { history })).out.trim().split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(/Ixchel {2}opina sobre {2}Luz {2}no$/)
  expect(lines[1]).toMatch(/saca a {2}Luz {2}\[sin efecto ME-13 cut-off\]$/)
  expect(lines[2]).toMatch(/coordinadora {2}\[espera\]$/)
  expect((await telar(['history', '--limit', '1'], {}, { history })).out.trim().split('\n')).toHaveLength(1)
})
