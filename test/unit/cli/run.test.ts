// From a command line to an exit code: parsing, unlocking, printing, and that the engine is closed whatever happens.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { err, ok } from '../../../src/base/result.ts'
import { exitCode } from '../../../src/cli/failure.ts'
import { buildProgram } from '../../../src/cli/program.ts'
import { run } from '../../../src/cli/run.ts'
import { words } from '../../../src/cli/words/index.ts'
import type { EngineHost } from '../../../src/engine/api.ts'
import { engineOf, hex, knock, member, space, stateOf, terminal } from './support.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telar-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const never = () => Promise.reject(new Error('the engine must not be started'))
const base = () => ['--home', folder, '--passphrase-stdin']
const synced = (inStep: boolean) =>
  ok({
    relays: [{ address: 'http://r', inStep, reason: null }],
    sent: { entries: 2, bytes: 2048 },
    received: { entries: 0, bytes: 0 },
  })

describe('usage', () => {
  test.each([
    [['nonsense']],
    [['init']],
    [['doc', 'set', 'x']],
    [['doc', 'create', 'poem', 'x']],
    [['invite', '--role', 'queen']],
    [['sync', '--timeout', 'soon']],
    [['init', '--alias', 'A', '--kdf-memory', '7']],
    [['init', '--alias', 'A', '--kdf-passes', '0']],
    [['--lang', 'fr', 'status']],
  ])('%j is wrong usage: exit 2, one line, nothing started', async (argv) => {
    const io = terminal()
    expect(await run(argv, io, never)).toBe(2)
    expect(io.printed.err).toMatch(/^telar: [^\n]+\n$/)
    expect(io.printed.out).toBe('')
  })

  test('with --json the error is an object on standard output too', async () => {
    const io = terminal()
    expect(await run(['doc', 'list', '--nope', '--json'], io, never)).toBe(2)
    expect(JSON.parse(io.printed.out)).toMatchObject({ error: { type: 'Usage' } })
  })

  test('a group without its command shows its help: exit 2', async () => {
    const io = terminal()
    expect(await run(['doc'], io, never)).toBe(2)
    expect(io.printed.err).toContain('import')
    expect(io.printed.out).toBe('')
  })

  test('help in both languages names every exit code', async () => {
    for (const lang of ['es', 'en']) {
      const io = terminal()
      expect(await run(['--help', '--lang', lang], io, never)).toBe(0)
      for (const code of ['0', '1', '2', '3', '4', '5', '6']) expect(io.printed.out).toMatch(new RegExp(`${code} \\S`))
    }
  })

  test('every command says what it does', () => {
    const runner = { unlocked: () => Promise.resolve(), closed: () => Promise.resolve() }
    const silent: string[] = []
    const visit = (command: ReturnType<typeof buildProgram>) => {
      if (command.description() === '') silent.push(command.name())
      command.commands.forEach(visit)
    }
    visit(buildProgram('es', runner))
    expect(silent).toEqual([])
  })
})

describe('opening', () => {
  test('a folder that is not there is not made: exit 4', async () => {
    const io = terminal()
    expect(await run(['--home', join(folder, 'no'), 'status'], io, never)).toBe(4)
  })

  test('a folder in use is exit 6', async () => {
    const io = terminal()
    const start = () => Promise.resolve(err({ type: 'HomeInUse' }))
    expect(await run([...base(), 'status', '--json'], io, start)).toBe(6)
    expect(JSON.parse(io.printed.out)).toEqual({ error: { type: 'HomeInUse' } })
  })

  test('a wrong frase secreta is exit 3, says so without it, and closes the engine', async () => {
    const io = terminal()
    const { start, close } = engineOf(stateOf(), { unlock: () => Promise.resolve(err({ type: 'WrongPassphrase' })) })
    expect(await run([...base(), 'status', '--json'], io, start)).toBe(3)
    expect(JSON.parse(io.printed.out)).toEqual({ error: { type: 'WrongPassphrase' } })
    expect(io.printed.err + io.printed.out).not.toContain('una frase')
    expect(close).toHaveBeenCalledOnce()
  })

  test('without a terminal, a file or standard input nobody can be asked: exit 3', async () => {
    const io = terminal()
    expect(await run(['--home', folder, 'status'], io, engineOf(stateOf()).start)).toBe(3)
  })

  test('the frase secreta comes from the file, without its line break; a file open to others is remarked on', async () => {
    const file = join(folder, 'frase')
    writeFileSync(file, 'seis palabras de muchas más\nresto\n', { mode: 0o644 })
    const unlock = vi.fn(() => Promise.resolve(ok(undefined)))
    const io = terminal({ env: { TELAR_PASSPHRASE_FILE: file } })
    expect(await run(['--home', folder, 'space', 'list'], io, engineOf(stateOf(), { unlock }).start)).toBe(0)
    expect(unlock).toHaveBeenCalledWith('seis palabras de muchas más')
    expect(io.printed.err).toContain('chmod 600')
  })

  test('a throw inside is one line without its text, exit 1, and the engine is closed', async () => {
    const { start, close } = engineOf(stateOf(), {
      spaceDetails: () => Promise.reject(new TypeError('secret content')),
      state: () => Promise.resolve(stateOf(space('01', 'Red'))),
    })
    const io = terminal()
    expect(await run([...base(), 'status'], io, start)).toBe(1)
    expect(io.printed.err).not.toContain('secret content')
    expect(close).toHaveBeenCalledOnce()
  })
})

describe('commands', () => {
  test('init prints the twelve words once, or writes them to a file that only its owner reads', async () => {
    const kit = 'uno dos tres cuatro cinco seis siete ocho nueve diez once doce'.split(' ')
    const createVault = vi.fn<EngineHost['createVault']>(() => Promise.resolve(ok({ words: kit })))
    const { start } = engineOf({ ...stateOf(), vault: 'empty', self: null }, { createVault })
    const printed = terminal()
    expect(await run([...base(), 'init', '--alias', 'Ixchel', '--json'], printed, start)).toBe(0)
    expect(JSON.parse(printed.printed.out)).toEqual({ home: folder, words: kit })
    expect(createVault).toHaveBeenCalledWith({
      alias: 'Ixchel',
      passphrase: 'una frase secreta de prueba',
      language: 'es',
    })
    const file = join(folder, 'kit.txt')
    const quiet = terminal()
    expect(await run([...base(), 'init', '--alias', 'Ixchel', '--recovery-file', file], quiet, start)).toBe(0)
    expect(quiet.printed.out).not.toContain('cuatro')
    expect(readFileSync(file, 'utf8')).toBe(`${kit.join(' ')}\n`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    // Never over a file that is there.
    expect(await run([...base(), 'init', '--alias', 'Ixchel', '--recovery-file', file], terminal(), start)).toBe(1)
  })

  test('a refused init leaves no recovery file behind', async () => {
    const { start } = engineOf(
      { ...stateOf(), vault: 'empty', self: null },
      { createVault: () => Promise.resolve(err({ type: 'WeakPassphrase', reason: 'common' })) },
    )
    const file = join(folder, 'kit.txt')
    expect(await run([...base(), 'init', '--alias', 'A', '--recovery-file', file], terminal(), start)).toBe(1)
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined()
  })

  test('--kdf-memory and --kdf-passes reach the engine', async () => {
    const start = vi.fn(() => Promise.resolve(err({ type: 'HomeInUse' })))
    await run([...base(), 'init', '--alias', 'A', '--kdf-memory', '8', '--kdf-passes', '1'], terminal(), start)
    expect(start).toHaveBeenCalledWith({ home: folder, argon2: { memoryKiB: 8192, passes: 1, lanes: 1 } })
  })

  test('doc set parses path and JSON, also from standard input, and refuses what is not JSON', async () => {
    const editDocument = vi.fn(() => Promise.resolve(ok(undefined)))
    const document = { id: hex('d0', 32), title: 'Plan', archived: false }
    const state = stateOf(space('01', 'Red', { documents: [document as never] }))
    const { start } = engineOf(state, { editDocument })
    expect(await run([...base(), 'doc', 'set', 'd0', 'threats.0.likelihood', '-3'], terminal(), start)).toBe(0)
    const io = terminal({ readStdin: () => Promise.resolve('"alta"') })
    expect(await run([...base(), 'doc', 'set', 'plan', '/threats/0/likelihood', '-'], io, start)).toBe(0)
    expect(editDocument).toHaveBeenNthCalledWith(1, {
      space: hex('01'),
      document: document.id,
      edits: [{ op: 'set', path: ['threats', 0, 'likelihood'], value: -3 }],
    })
    expect(editDocument).toHaveBeenNthCalledWith(2, {
      space: hex('01'),
      document: document.id,
      edits: [{ op: 'set', path: ['threats', 0, 'likelihood'], value: 'alta' }],
    })
    expect(await run([...base(), 'doc', 'set', 'd0', 'a', '{no'], terminal(), start)).toBe(2)
    expect(editDocument).toHaveBeenCalledTimes(2)
  })

  test('sync is 5 when a reachable relay is behind, 0 when in step', async () => {
    const relay = {
      address: 'http://r',
      state: 'connected',
      reason: null,
      inStepAt: null,
      unsent: 0,
      own: false,
      trouble: null,
    } as const
    const state = stateOf(space('01', 'Red', { relays: [relay] }))
    const { start } = engineOf(state, { sync: () => Promise.resolve(synced(false)) })
    const io = terminal()
    expect(await run([...base(), 'sync', '--json'], io, start)).toBe(5)
    expect(JSON.parse(io.printed.out)).toMatchObject({
      inStep: false,
      sent: { entries: 2 },
      error: { type: 'NotInStep' },
    })
    const good = engineOf(state, { sync: () => Promise.resolve(synced(true)) })
    expect(await run([...base(), 'sync'], terminal(), good.start)).toBe(0)
  })

  test('sync is 5 while the history of a space is still coming, however much in step its relays are', async () => {
    const state = stateOf(space('01', 'Red', { standing: 'loading' }))
    const { start } = engineOf(state, { sync: () => Promise.resolve(synced(true)) })
    const clock = { now: () => 0, after: (_: number, run: () => void) => (queueMicrotask(run), () => undefined) }
    const io = terminal({ clock })
    expect(await run([...base(), 'sync', '--json'], io, start)).toBe(5)
    expect(JSON.parse(io.printed.out)).toMatchObject({ error: { type: 'TimedOut', waitingFor: 'history' } })
  })

  test.each([
    ['held back', { heldBack: true, here: true }],
    ['not here', { heldBack: false, here: false }],
  ])('doc show and export of a document of which something is %s give what there is, and are 5', async (_, more) => {
    const document = { id: hex('d0', 32), title: 'Plan', archived: false, ...more }
    const state = stateOf(space('01', 'Red', { documents: [document as never] }))
    const { start } = engineOf(state, { exportDocument: () => Promise.resolve(ok({ json: '{}', title: 'Plan' })) })
    for (const command of ['show', 'export']) {
      const io = terminal()
      expect(await run([...base(), 'doc', command, 'd0', '--json'], io, start)).toBe(5)
      expect(JSON.parse(io.printed.out)).toMatchObject({ content: {}, error: { type: 'NotWhole' } })
    }
  })

  test('an ambiguous member is exit 4 and nobody is removed', async () => {
    const removeMember = vi.fn(() => Promise.resolve(ok({ effect: 'done' as const })))
    const state = stateOf(space('01', 'Red', { members: [member('01', 'Luz'), member('02', 'Luz')] }))
    expect(
      await run([...base(), 'members', 'remove', 'luz'], terminal(), engineOf(state, { removeMember }).start),
    ).toBe(4)
    expect(removeMember).not.toHaveBeenCalled()
  })
})

describe('admitting on a confirm invitation', () => {
  const spoken = 'ábaco abeja ratón sol luna mar río flor'
  const setup = (more: Parameters<typeof knock>[2] = {}) => {
    const admit = vi.fn(() => Promise.resolve(ok({ member: hex('07', 32) as never })))
    const state = stateOf(space('01', 'Red', { knocks: [knock('aa', spoken, more)] }))
    return { admit, ...engineOf(state, { admit, sync: () => Promise.resolve(synced(true)) }) }
  }

  test('needs the words, or a person who says yes', async () => {
    const { admit, start } = setup()
    expect(await run([...base(), 'admit'], terminal(), start)).toBe(1)
    expect(await run([...base(), 'admit', '--words', 'uno dos tres'], terminal(), start)).toBe(1)
    const no = terminal({ interactive: true, ask: () => Promise.resolve('no') })
    expect(await run([...base(), 'admit'], no, start)).toBe(1)
    expect(admit).not.toHaveBeenCalled()
    expect(
      await run([...base(), 'admit', '--words', 'abaco abeja raton sol luna mar rio flor'], terminal(), start),
    ).toBe(0)
    const yes = terminal({ interactive: true, ask: () => Promise.resolve(' Sí ') })
    expect(await run([...base(), 'admit', 'aa'], yes, start)).toBe(0)
    expect(yes.printed.err).toContain(spoken)
    expect(admit).toHaveBeenCalledTimes(2)
  })

  test('an open invitation needs none, unless two devices knocked', async () => {
    const open = setup({ mode: 'open' })
    expect(await run([...base(), 'admit', '--json'], terminal(), open.start)).toBe(0)
    const contested = setup({ mode: 'open', contested: true })
    expect(await run([...base(), 'admit'], terminal(), contested.start)).toBe(1)
    expect(contested.admit).not.toHaveBeenCalled()
  })
})

test('every error has words in both languages and an exit code above 0', () => {
  expect(Object.keys(words.en.errors).sort()).toEqual(Object.keys(words.es.errors).sort())
  for (const type of Object.keys(words.es.errors)) expect(exitCode({ type } as never)).toBeGreaterThan(0)
})
