// `telar wake`: what it asks of the engine and where the file goes. The engine is made up; that a file works is tested in
// test/unit/engine/wake.test.ts.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { err, ok } from '../../../src/base/result.ts'
import { run } from '../../../src/cli/run.ts'
import type { DeviceView, EngineHost } from '../../../src/engine/api.ts'
import { engineOf, hex, member, space, stateOf, terminal } from './support.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telar-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const FILE = Uint8Array.of(1, 2, 3)
const NONE = { entries: 0, bytes: 0 }
const phone = {
  id: hex('d2'),
  name: 'teléfono',
  status: 'active',
  me: false,
  addedAt: 0,
  lastSeenAt: null,
  flagged: false,
}
const members = [member('02', 'Luz', { devices: [phone as DeviceView] })]

async function telar(argv: readonly string[], answers: Partial<EngineHost>) {
  const io = terminal()
  const sync = () => Promise.resolve(ok({ relays: [], sent: NONE, received: NONE }))
  const { start } = engineOf(stateOf(space('aa', 'Red', { members })), { sync, ...answers })
  const code = await run(['--home', folder, '--passphrase-stdin', ...argv], io, start)
  return { code, ...io.printed }
}

describe('wake', () => {
  test('make writes a file that only its owner reads, and never over another', async () => {
    const wakeFile = vi.fn(() => Promise.resolve(ok({ name: 'd2.telar-wake', file: FILE })))
    const path = join(folder, 'luz.telar-wake')
    const said = await telar(['wake', 'make', 'teléfono', '--out', path, '--json'], { wakeFile })
    expect(said.code).toBe(0)
    expect(wakeFile).toHaveBeenCalledWith({ space: hex('aa'), device: hex('d2') })
    expect(JSON.parse(said.out)).toMatchObject({ file: path, bytes: 3 })
    expect([...readFileSync(path)]).toEqual([...FILE])
    expect(statSync(path).mode & 0o077).toBe(0)
    expect((await telar(['wake', 'make', 'teléfono', '--out', path], { wakeFile })).code).toBe(1)
    expect((await telar(['wake', 'make', 'nadie'], { wakeFile })).code).toBe(4)
  })

  test('open hands the bytes over, and says what is wrong with a file', async () => {
    const path = join(folder, 'luz.telar-wake')
    writeFileSync(path, FILE)
    const openWakeFile = vi.fn(() => Promise.resolve(ok({ space: hex('aa') as never })))
    const said = await telar(['wake', 'open', path, '--json'], { openWakeFile })
    expect(openWakeFile).toHaveBeenCalledWith({ file: FILE })
    expect(JSON.parse(said.out)).toMatchObject({ space: hex('aa') })
    const damaged = () => Promise.resolve(err({ type: 'BadFile' as const, reason: 'damaged' as const }))
    expect((await telar(['wake', 'open', path], { openWakeFile: damaged })).code).toBe(1)
    expect((await telar(['wake', 'open', join(folder, 'none')], { openWakeFile })).code).toBe(1)
  })
})
