// `telar link`, `return` and `code` on real engines in folders, with a real relay between them: what a script would do.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../../src/cli/run.ts'
import { systemClock } from '../../../src/engine/node.ts'
import { startNodeEngine } from '../../../src/engine/node.ts'
import { setup } from '../../support/relay-fixture.ts'
import { terminal } from './support.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telar-cli-'))
  writeFileSync(join(folder, 'frase'), 'cinco jacarandas junto al arroyo claro\n', { mode: 0o600 })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** One command in one folder; its JSON. */
async function telar(home: string, ...argv: string[]) {
  const io = terminal({ clock: systemClock })
  const base = ['--home', join(folder, home), '--passphrase-file', join(folder, 'frase'), '--json', '--timeout', '5']
  const exit = await run([...base, ...argv], io, (options) => startNodeEngine(options))
  return { exit, json: JSON.parse(io.printed.out) as Record<string, unknown>, err: io.printed.err }
}

const file = (name: string, text: unknown) => {
  writeFileSync(join(folder, name), String(text), { mode: 0o600 })
  return `@${join(folder, name)}`
}

async function init(home: string) {
  const cheap = ['--kdf-memory', '8', '--kdf-passes', '1']
  const made = await telar(home, 'init', '--alias', home, ...cheap, '--recovery-file', join(folder, `${home}.kit`))
  expect(made.exit, made.err).toBe(0)
}

const wordsOf = (json: Record<string, unknown>) => (json['words'] as string[]).join(' ')

describe('links', () => {
  test('a second device, then the way back with the recovery words', async () => {
    const { relay } = await setup()
    for (const home of ['luz', 'tableta', 'nueva']) await init(home)
    await telar('luz', 'space', 'create', 'Red', '--relay', relay.address)
    const made = await telar('luz', 'link')
    expect(made.exit, made.err).toBe(0)
    const link = file('link', made.json['link'])
    const taken = await telar('tableta', 'link', '--take', link, '--name', 'Tableta')
    expect(taken.exit, taken.err).toBe(0)
    expect(taken.json).toMatchObject({ onRelay: true })
    const early = await telar(
      'luz',
      'link',
      'confirm',
      '--words',
      'una dos tres cuatro cinco seis siete ocho',
      '--sync',
    )
    expect(early.json).toMatchObject({ error: { type: 'WordsDiffer' } })
    expect((await telar('luz', 'link', 'list', '--sync')).json).toMatchObject({
      linkings: [{ state: 'comparing', link: '' }],
    })
    const unseen = await telar('luz', 'link', 'confirm')
    expect(unseen.json).toMatchObject({ error: { type: 'WordsNeeded' } })
    const done = await telar('luz', 'link', 'confirm', '--words', wordsOf(taken.json))
    expect(done.exit, done.err).toBe(0)
    expect((await telar('tableta', 'sync')).exit).toBe(0)
    const spaces = (await telar('tableta', 'space', 'list')).json['spaces'] as { name: string; standing: string }[]
    expect(spaces).toMatchObject([{ name: 'Red', standing: 'active' }])

    const back = await telar('tableta', 'return', 'luz')
    expect(back.exit, back.err).toBe(0)
    const returning = file('return', back.json['link'])
    const wrong = await telar('nueva', 'return', '--take', returning, '--words-file', join(folder, 'nueva.kit'))
    expect(wrong.json).toMatchObject({ error: { type: 'WrongKit' } })
    const came = await telar('nueva', 'return', '--take', returning, '--words-file', join(folder, 'luz.kit'))
    expect(came.exit, came.err).toBe(0)
    await telar('tableta', 'sync')
    const let_ = await telar('tableta', 'link', 'confirm', '--words', wordsOf(came.json))
    expect(let_.exit, let_.err).toBe(0)
    expect((let_.json['others'] as string[]).length).toBe(2)
    expect((await telar('nueva', 'sync')).exit).toBe(0)
    expect((await telar('nueva', 'space', 'list')).json).toMatchObject({
      spaces: [{ name: 'Red', standing: 'active' }],
    })
    expect((await telar('nueva', 'return')).exit).toBe(2)
    expect((await telar('nueva', 'link', 'cancel', 'ffff')).json).toMatchObject({
      error: { type: 'UnknownInvitation' },
    })
  })

  test('codes said by hand, in parts', async () => {
    for (const home of ['ceiba', 'luz']) await init(home)
    // A relay that nobody can reach.
    await telar('ceiba', 'space', 'create', 'Red', '--relay', 'http://127.0.0.1:9')
    const { json } = await telar('ceiba', 'invite', '--open', '--timeout', '0.1')
    await telar('luz', 'join', file('link', json['link']), '--timeout', '0.1')
    const shown = (await telar('luz', 'code')).json['codes'] as string[]
    const heard = await telar('ceiba', 'code', file('knock', shown.join('\n')))
    expect(heard.json).toMatchObject({ type: 'knock' })
    const welcome = heard.json['codes'] as string[]
    expect(welcome.length).toBeGreaterThan(1)
    expect((await telar('ceiba', 'code', '--welcome', String(heard.json['device']).slice(0, 12))).json).toEqual({
      codes: welcome,
    })
    expect((await telar('luz', 'code', welcome[0] ?? '')).json).toMatchObject({ type: 'more', have: 1 })
    const entered = await telar('luz', 'code', file('welcome', welcome.join('\n')))
    expect(entered.json).toMatchObject({ type: 'entered' })
    expect((await telar('luz', 'code', 'hola')).json).toMatchObject({ error: { type: 'BadCode' } })
  })
})
