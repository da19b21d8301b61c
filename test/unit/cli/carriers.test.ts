// `relay`, `bundle`, `peers` and `doctor`: what they ask of the engine, what they print, where files go, and how they end. The engine is
// made up; that it does what is asked is tested in test/unit/engine and, through real processes, in test/relay/headless-bundle.test.ts.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { err, ok } from '../../../src/base/result.ts'
import { run } from '../../../src/cli/run.ts'
import type { DoctorFinding, EngineHost, EngineState, PeerView, RelayView } from '../../../src/engine/api.ts'
import { engineOf, hex, member, space, stateOf, terminal } from './support.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telar-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const FILE = Uint8Array.of(1, 2, 3)
const NONE = { entries: 0, bytes: 0 }
const relay: RelayView = {
  address: 'https://relevo.example.org',
  state: 'offline',
  reason: null,
  inStepAt: null,
  unsent: 0,
  own: true,
  trouble: null,
}
const members = [member('01', 'Ixchel', { me: true }), member('02', 'Luz')]
const here = space('aa', 'Red', { members, relays: [relay] })

async function telar(argv: readonly string[], answers: Partial<EngineHost>, state: EngineState = stateOf(here)) {
  const io = terminal()
  const sync = () => Promise.resolve(ok({ relays: [], sent: NONE, received: NONE }))
  const { start } = engineOf(state, { sync, ...answers })
  const code = await run(['--home', folder, '--passphrase-stdin', ...argv], io, start)
  return { code, ...io.printed }
}

const done = () => Promise.resolve(ok(undefined))
const id = hex('aa')

describe('relay', () => {
  test('add is for everybody, or for this device only; a token is never printed', async () => {
    const addRelay = vi.fn(done)
    const file = join(folder, 'relay')
    writeFileSync(file, 'https://otro.example.org#secreto\n', { mode: 0o600 })
    const said = await telar(['relay', 'add', `@${file}`], { addRelay })
    expect(said).toMatchObject({ code: 0, err: '' })
    expect(said.out).toContain('https://otro.example.org')
    expect(said.out).not.toContain('secreto')
    const address = 'https://otro.example.org#secreto'
    expect(addRelay).toHaveBeenLastCalledWith({ space: id, address, everybody: true })
    await telar(['relay', 'add', '--own', 'https://otro.example.org'], { addRelay })
    expect(addRelay).toHaveBeenLastCalledWith({ space: id, address: 'https://otro.example.org', everybody: false })
    const no = () => Promise.resolve(err({ type: 'NotAllowed' as const, rule: 'ME-18' }))
    expect((await telar(['relay', 'add', 'https://otro.example.org'], { addRelay: no })).code).toBe(1)
  })

  test('remove, list, link, take', async () => {
    const removeRelay = vi.fn(done)
    expect((await telar(['relay', 'remove', relay.address], { removeRelay })).code).toBe(0)
    expect(removeRelay).toHaveBeenCalledWith({ space: id, address: relay.address })
    const listed = await telar(['relay', 'list'], {})
    expect(listed.out).toMatch(/https:\/\/relevo\.example\.org +Red +solo este aparato +sin conexión/)
    const link = 'https://app.example.org/#telarrelay1.AAAA'
    const relayLink = vi.fn(() => Promise.resolve(ok({ link })))
    expect((await telar(['relay', 'link', relay.address, '--app', 'https://app.example.org'], { relayLink })).out).toBe(
      `${link}\n`,
    )
    const takeRelayLink = vi.fn(() => Promise.resolve(ok({ spaces: [here.id], address: relay.address })))
    const taken = await telar(['relay', 'take', link, '--json'], { takeRelayLink })
    expect(takeRelayLink).toHaveBeenCalledWith({ link })
    expect(JSON.parse(taken.out)).toMatchObject({ relay: relay.address, spaces: [id] })
    const notHere = () => Promise.resolve(err({ type: 'BadCode' as const, reason: 'not-for-here' as const }))
    expect((await telar(['relay', 'take', link], { takeRelayLink: notHere })).code).toBe(1)
  })
})

describe('bundle', () => {
  test('save writes a file that only its owner reads, and never over another', async () => {
    const saveBundle = vi.fn(() => Promise.resolve(ok({ name: 'a.telar-bundle', file: FILE, entries: 4 })))
    const path = join(folder, 'para-luz.telar-bundle')
    const said = await telar(['bundle', 'save', '--out', path, '--json'], { saveBundle })
    expect(said.code).toBe(0)
    expect(saveBundle).toHaveBeenLastCalledWith({ space: id, since: null })
    expect(JSON.parse(said.out)).toMatchObject({ file: path, bytes: 3, entries: 4 })
    expect([...readFileSync(path)]).toEqual([...FILE])
    expect(statSync(path).mode & 0o077).toBe(0)
    expect((await telar(['bundle', 'save', '--out', path], { saveBundle })).code).toBe(1)
    const other = join(folder, 'otro')
    await telar(['bundle', 'save', '--since', 'luz', '--out', other], { saveBundle })
    expect(saveBundle).toHaveBeenLastCalledWith({ space: id, since: hex('02', 32) })
    expect((await telar(['bundle', 'save', '--since', 'nadie'], { saveBundle })).code).toBe(4)
  })

  test('open says who saved it and what was new; a part of a file is not the whole', async () => {
    const path = join(folder, 'de-luz')
    writeFileSync(path, FILE)
    const opened = {
      space: here.id,
      member: members[1]!.id,
      savedAt: 0,
      entries: 9,
      fresh: 2,
      whole: true,
      sealed: false,
    }
    const openBundle = vi.fn(() => Promise.resolve(ok(opened)))
    const said = await telar(['bundle', 'open', path], { openBundle })
    expect(openBundle).toHaveBeenCalledWith({ file: FILE })
    expect(said.code).toBe(0)
    expect(said.out).toContain('Guardado por Luz, 1970-01-01 00:00Z: 9 entradas, 2 nuevas aquí.')
    const cut = () => Promise.resolve(ok({ ...opened, whole: false }))
    const part = await telar(['bundle', 'open', path, '--json'], { openBundle: cut })
    expect(part.code).toBe(1)
    expect(JSON.parse(part.out)).toMatchObject({ fresh: 2, error: { type: 'PartOfFile', sealed: false } })
    const bad = () => Promise.resolve(err({ type: 'BadFile' as const, reason: 'not-for-here' as const }))
    expect(await telar(['bundle', 'open', path], { openBundle: bad })).toMatchObject({ code: 1, out: '' })
    expect((await telar(['bundle', 'open', join(folder, 'none')], { openBundle })).code).toBe(1)
  })

  test('list names those whose files were opened here', async () => {
    const readers = [{ member: members[1]!.id, alias: 'Luz', at: 0 }]
    const bundleReaders = () => Promise.resolve(ok(readers))
    expect((await telar(['bundle', 'list'], { bundleReaders })).out).toMatch(/Luz +1970-01-01/)
  })
})

describe('peers', () => {
  test('prints who is connected without a relay', async () => {
    const peer = { id: hex('ef', 32), by: 'near', state: 'in-step', alias: 'Luz', spaces: [here.id] }
    const state = { ...stateOf(here), peers: [peer as unknown as PeerView] }
    expect((await telar(['peers'], {}, state)).out).toMatch(/ef000000 +Luz +cerca +al día +Red/)
    expect((await telar(['peers'], {})).out).toBe('Nada.\n')
    expect(JSON.parse((await telar(['peers', '--json'], {}, state)).out)).toMatchObject({ peers: [{ alias: 'Luz' }] })
  })
})

describe('doctor', () => {
  const finding = (code: DoctorFinding['code'], reason = ''): DoctorFinding => ({
    code,
    entry: hex('ab'),
    document: null,
    device: null,
    reason,
  })
  const report = (...findings: DoctorFinding[]) => ({ entries: 10, bytes: 2048, documents: 2, findings })
  const doctor = (...findings: DoctorFinding[]) => ({ doctor: () => Promise.resolve(ok(report(...findings))) })

  test('all is well', async () => {
    const said = await telar(['doctor'], doctor())
    expect(said).toMatchObject({ code: 0, err: '' })
    expect(said.out).toContain('Todo está bien.')
    expect((await telar(['doctor', '--lang', 'en'], doctor())).out).toContain('All is well.')
  })

  test('damage has an exit code of its own; what is merely refused or waits has none', async () => {
    const waits = await telar(
      ['doctor'],
      doctor(finding('rejected', 'Malformed'), finding('gap'), finding('no-secret')),
    )
    expect(waits.code).toBe(0)
    expect(waits.out).toContain('(Malformed)')
    const broken = await telar(['doctor', '--json'], doctor(finding('gap'), finding('wrong-id')))
    expect(broken.code).toBe(7)
    expect(JSON.parse(broken.out)).toMatchObject({ sound: false, error: { type: 'Unsound', findings: 1 } })
    expect((await telar(['doctor', '--lang', 'en'], doctor(finding('wrong-id')))).out).toContain('DAMAGE')
  })
})
