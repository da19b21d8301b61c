// Exit codes and secrets of the real command, as a script meets them: a wrong frase secreta, a folder in use, names that
// mean two, a relay that is not there, an end by signal.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cleanUp, folder, Member, programs, RelayProcess, sample } from './headless-support.ts'

const LONG = 120_000
let ana: Member

beforeAll(async () => {
  await programs()
  ana = await Member.make('Ana')
}, LONG)
afterAll(cleanUp)

const error = (json: Readonly<Record<string, unknown>>) => json['error']

describe('exit codes', () => {
  test(
    'a wrong frase secreta is 3',
    async () => {
      const wrong = join(folder('wrong'), 'frase')
      writeFileSync(wrong, 'otra frase cualquiera muy distinta\n', { mode: 0o600 })
      const ran = await ana.run(['status'], { frase: wrong })
      expect([ran.code, error(ran.json)]).toEqual([3, { type: 'WrongPassphrase' }])
      expect(ran.stderr).toBe('telar: wrong passphrase\n')
    },
    LONG,
  )

  test(
    'a folder in use is 6, and free again after a clean end and after a kill',
    async () => {
      const watching = await ana.watch()
      const ran = await ana.run(['status'])
      expect([ran.code, error(ran.json)]).toEqual([6, { type: 'HomeInUse' }])
      expect(await watching.end()).toBe(0)
      expect(watching.events.at(-1)).toEqual({ event: 'stopped' })
      expect((await ana.run(['status'])).code).toBe(0)
      const second = await ana.watch()
      await second.kill()
      expect((await ana.run(['status'])).code).toBe(0)
    },
    LONG,
  )

  test(
    'no vault, no space, no document, two of a name are 4; a second init is 1',
    async () => {
      expect((await ana.run(['doc', 'list'])).code).toBe(4)
      await ana.ok('space', 'create', 'Red')
      await ana.ok('space', 'create', 'red')
      const two = await ana.run(['doc', 'list', '--space', 'Red'])
      expect([two.code, error(two.json)]).toMatchObject([4, { type: 'Ambiguous', what: 'space' }])
      const spaces = (await ana.ok('space', 'list'))['spaces'] as { id: string }[]
      const first = spaces[0]!.id
      expect((await ana.run(['doc', 'show', 'nada', '--space', first.slice(0, 12)])).code).toBe(4)
      expect((await ana.run(['init', '--alias', 'Otra'])).code).toBe(1)
      expect((await ana.run(['join', 'not-a-link'])).json['error']).toEqual({
        type: 'BadInvitation',
        reason: 'not-a-link',
      })
    },
    LONG,
  )

  test(
    'edits that do not fit are 1 and change nothing; a relay that is not there is 5',
    async () => {
      const berta = await Member.make('Berta')
      await berta.ok('space', 'create', 'Red', '--relay', 'http://127.0.0.1:1')
      const plan = String((await berta.ok('doc', 'import', sample('protection-plan')))['document'])
      const before = await berta.content(plan)
      for (const args of [
        ['doc', 'set', plan, 'threats.0.likelihood', '"enorme"'],
        ['doc', 'set', plan, 'nowhere', '1'],
        ['doc', 'set', plan, 'type', '"meeting-minutes"'],
        ['doc', 'text', plan, 'threats', 'x'],
        ['doc', 'remove', plan, 'threats', '999'],
      ])
        expect((await berta.run(args)).code, args.join(' ')).toBe(1)
      expect(await berta.content(plan)).toEqual(before)
      const ran = await berta.run(['sync', '--timeout', '1'])
      expect([ran.code, error(ran.json)]).toMatchObject([5, { type: 'NotInStep' }])
    },
    LONG,
  )

  test(
    'a hostile or broken file is refused in one line',
    async () => {
      const file = join(folder('files'), 'bad.json')
      for (const text of ['{', '[]', '{"type":"poem"}', '['.repeat(5000), '{"__proto__":{"x":1}}', '\u0000\uFFFE']) {
        writeFileSync(file, text)
        const spaces = (await ana.ok('space', 'list'))['spaces'] as { id: string }[]
        const ran = await ana.run(['doc', 'import', file, '--space', spaces[0]!.id])
        expect([ran.code, error(ran.json)]).toMatchObject([1, { type: 'BadDocument' }])
        expect(ran.stderr).toMatch(/^telar: [^\n]+\n$/)
      }
    },
    LONG,
  )
})

test(
  'confirm: nobody gets in without the words; with them she does',
  async () => {
    const relay = await RelayProcess.start()
    const [host, guest] = await Promise.all([Member.make('Ana'), Member.make('Luz')])
    await host.ok('space', 'create', 'Red', '--relay', relay.url)
    const { link } = await host.ok('invite', '--role', 'reader')
    const mine = await guest.run(['join', '-'], { input: `Mira: ${String(link)} !` })
    expect(mine.code, mine.stderr).toBe(0)
    await host.ok('sync')
    const { knocks } = await host.ok('knocks')
    expect(knocks).toMatchObject([{ mode: 'confirm', words: mine.json['words'], contested: false }])
    expect((await host.run(['admit'])).json['error']).toEqual({ type: 'WordsNeeded' })
    expect((await host.run(['admit', '--words', 'una dos tres'])).json['error']).toEqual({ type: 'WordsDiffer' })
    expect((await host.ok('members'))['members']).toHaveLength(1)
    const words = (mine.json['words'] as string[]).join(' ')
    expect((await host.ok('admit', '--words', words))['onRelay']).toBe(true)
    await guest.ok('sync')
    expect((await guest.ok('members'))['members']).toHaveLength(2)
    // A reader writes nothing.
    const refused = await guest.run(['doc', 'create', 'meeting-minutes', 'Acta'])
    expect([refused.code, error(refused.json)]).toMatchObject([1, { type: 'NotAllowed' }])
    await relay.kill()
  },
  LONG,
)

test(
  'the folder is for its owner only and holds no name, title or word in the clear',
  async () => {
    const nayeli = await Member.make('Nayeli')
    await nayeli.ok('space', 'create', 'Red Jaguar')
    await nayeli.ok('doc', 'import', sample('protection-plan'))
    expect(statSync(nayeli.home).mode & 0o077).toBe(0)
    const files = readdirSync(nayeli.home).map((name) => join(nayeli.home, name))
    const disk = Buffer.concat(files.map((file) => readFileSync(file)))
    expect(disk.length).toBeGreaterThan(1000)
    for (const secret of ['Nayeli', 'Red Jaguar', 'Jacaranda', 'likelihood', 'protection-plan', 'ceniza tordo'])
      expect(disk.includes(secret), secret).toBe(false)
    for (const file of files) expect(statSync(file).mode & 0o077, file).toBe(0)
  },
  LONG,
)
