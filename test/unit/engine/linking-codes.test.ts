// Codes said by hand: cutting and joining of hostile text, and coming in where there is no network at all
// (docs/spec/joining.md).
import { describe, expect, test } from 'vitest'
import { InvitationId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { createCrypto } from '../../../src/crypto/index.ts'
import { CodeReader, codesOf, MAX_PART_CHARS } from '../../../src/engine/codes.ts'
import type { Said } from '../../../src/engine/meeting.ts'
import { systemRandom } from '../../../src/engine/node.ts'
import { startRelay } from '../../../sync-server/relay.ts'
import { isInAll, only, person } from '../../support/linking-story.ts'
import type { Person } from '../../support/members.ts'
import { temporaryFolder } from '../../support/relay-fixture.ts'
import { onTestFinished } from 'vitest'

const crypto = createCrypto({ subtle: undefined, random: systemRandom })
const id = InvitationId.must(systemRandom.bytes(32))
const said = (bytes: number): Said => ({ kind: 'knock', v: 1, sealed: systemRandom.bytes(bytes) })

describe('codes said by hand', () => {
  test('JO-16: parts in any order, twice, among other text, make the code whole', () => {
    const spoken = { id, said: [said(900), said(900)] }
    const codes = codesOf(crypto, spoken)
    expect(codes.length).toBeGreaterThan(2)
    expect(Math.max(...codes.map((code) => code.length))).toBeLessThanOrEqual(MAX_PART_CHARS)
    const reader = new CodeReader(crypto)
    const [first = '', ...rest] = [...codes].reverse()
    expect(reader.read(first)).toEqual({ type: 'more', have: 1, of: codes.length })
    expect(reader.read(first)).toEqual({ type: 'more', have: 1, of: codes.length })
    expect(reader.read(`Mira: ${rest.join('\n')} fin`)).toEqual({ type: 'whole', spoken })
    // One short message is one code.
    expect(codesOf(crypto, { id, said: [said(342)] }).length).toBe(1)
  })

  test('JO-16: truncated, mixed, foreign and oversized parts are told apart, and bounded', () => {
    const reader = new CodeReader(crypto)
    const codes = codesOf(crypto, { id, said: [said(1200)] })
    const others = codesOf(crypto, { id, said: [said(1200)] })
    expect(reader.read('hola')).toEqual({ type: 'no-code' })
    expect(reader.read('telar1.AAAAAAAAAAAAAAAAAAAAAAAA')).toEqual({ type: 'no-code' })
    expect(reader.read('telarcode1.0.3.AAAAAAAA.AAAA')).toEqual({ type: 'damaged' })
    expect(reader.read('telarcode1.4.3.AAAAAAAA.AAAA')).toEqual({ type: 'damaged' })
    expect(reader.read('telarcode1.1.99.AAAAAAAA.AAAA')).toEqual({ type: 'damaged' })
    expect(reader.read('telarcode1.1.1.AAAAAAAA.AAAA')).toEqual({ type: 'damaged' })
    // The first of one and the second of another are not one code.
    reader.read(codes[0] ?? '')
    expect(reader.read(others[1] ?? '')).toMatchObject({ type: 'more', have: 1 })
    // A part cut short makes the whole fail its tag; reading it again heals it.
    for (const code of codes.slice(1, -1)) reader.read(code)
    expect(reader.read((codes.at(-1) ?? '').slice(0, -8))).toEqual({ type: 'damaged' })
    for (const code of codes.slice(0, -1)) reader.read(code)
    expect(reader.read(codes.at(-1) ?? '').type).toBe('whole')
    // What was begun and never finished is forgotten in time.
    reader.read(codes[0] ?? '')
    for (let i = 0; i < 4; i++) reader.read(codesOf(crypto, { id, said: [said(1200)] })[0] ?? '')
    for (const code of codes.slice(1)) expect(reader.read(code).type).toBe('more')
    expect(codesOf(crypto, { id, said: [said(60_000)] })).toEqual([])
  })

  test('JO-16: an open invitation read from a screen admits at once, with no network; history follows when there is one', async () => {
    const { ceiba, space, back } = await apart()
    unwrap(await ceiba.engine.createDocument({ space, type: 'protection-plan', title: 'Plan' }))
    const { id: invitation, link } = unwrap(
      await ceiba.engine.invite({ space, mode: 'open', role: 'editor', note: 'Luz', app: '' }),
    )
    const luz = await person('Luz')
    unwrap(await luz.engine.join({ link }))
    await luz.until((state) => state.joining.length === 1)
    const heard = await read(ceiba, luz.state?.joining[0]?.codes)
    if (heard.type !== 'knock') throw new Error(heard.type)
    expect(heard).toMatchObject({ space, invitation })
    await ceiba.until((state) => state.spaces[0]?.members.length === 2)
    const { codes } = unwrap(await ceiba.engine.welcomeCode({ space, invitation, device: heard.device }))
    expect(codes.length).toBeGreaterThan(1)
    expect(await read(luz, codes)).toEqual({ type: 'entered', spaces: [space] })
    await luz.until((state) => state.spaces.length === 1 && state.joining.length === 0)
    expect(luz.space.standing).toBe('loading')
    // Said once more, it is for nobody here any more, or the same.
    await back()
    await luz.until(isInAll(1))
    await luz.until((state) => state.spaces[0]?.documents[0]?.here === true)
    expect(ceiba.space.members.length).toBe(2)
  })

  test('JO-16 JO-7: a confirm invitation read from a screen shows the words', async () => {
    const { ceiba, space } = await apart()
    const { link } = unwrap(await ceiba.engine.invite({ space, mode: 'confirm', role: 'editor', note: 'Luz', app: '' }))
    const luz = await person('Luz')
    const { words } = unwrap(await luz.engine.join({ link }))
    await luz.until((state) => state.joining.length === 1)
    const heard = await read(ceiba, luz.state?.joining[0]?.codes)
    if (heard.type !== 'knock') throw new Error(heard.type)
    await ceiba.until((state) => state.spaces[0]?.knocks.length === 1)
    expect(ceiba.space.knocks[0]?.words).toEqual(words)
    const { invitation, device } = heard
    const none = await ceiba.engine.welcomeCode({ space, invitation, device })
    expect(none).toMatchObject({ ok: false, error: { type: 'UnknownInvitation' } })
    unwrap(await ceiba.engine.admit({ space, invitation, device }))
    const { codes } = unwrap(await ceiba.engine.welcomeCode({ space, invitation, device }))
    expect((await read(luz, codes)).type).toBe('entered')
  })

  test('JO-16 JO-22: a second device comes in by codes alone', async () => {
    const { ceiba, space, back } = await apart()
    const phone = await person('Ceiba en otro')
    const { id: linking, link } = unwrap(await ceiba.engine.offerLink({ spaces: [space], app: '' }))
    unwrap(await phone.engine.takeLink({ link, words: null, name: 'Tableta' }))
    await phone.until((state) => state.linking.length === 1)
    expect(await read(ceiba, only(phone).codes)).toEqual({ type: 'linking', id: linking })
    await ceiba.until((state) => state.linking[0]?.state === 'comparing')
    expect(only(ceiba).words).toEqual(only(phone).words)
    expect(only(ceiba).codes).toEqual([])
    unwrap(await ceiba.engine.confirmLink({ id: linking }))
    await ceiba.until((state) => state.linking[0]?.state === 'done')
    expect(await read(phone, only(ceiba).codes)).toEqual({ type: 'entered', spaces: [space] })
    await back()
    await phone.until(isInAll(1))
    expect(phone.space).toMatchObject({ me: ceiba.space.me, role: 'coordinator' })
  })

  test('JO-16: a code for somebody else is refused, and says so', async () => {
    const { ceiba, space } = await apart()
    const { link } = unwrap(await ceiba.engine.invite({ space, mode: 'open', role: 'editor', note: '', app: '' }))
    const luz = await person('Luz')
    unwrap(await luz.engine.join({ link }))
    await luz.until((state) => state.joining.length === 1)
    const codes = luz.state?.joining[0]?.codes ?? []
    const eva = await person('Eva')
    expect(await eva.engine.readCode({ code: codes.join(' ') })).toMatchObject({
      ok: false,
      error: { type: 'BadCode', reason: 'not-for-here' },
    })
    // Her own knock, back on her own screen, brings her nowhere.
    expect(await luz.engine.readCode({ code: codes.join(' ') })).toMatchObject({ ok: false })
    expect(await eva.engine.readCode({ code: 'hola' })).toMatchObject({
      error: { type: 'BadCode', reason: 'not-a-code' },
    })
  })
})

/** Somebody whose relay is not there yet; `back` starts it. */
async function apart() {
  const data = temporaryFolder()
  const first = await startRelay({ data, port: 0, host: '127.0.0.1' })
  const { port } = first
  await first.close()
  const ceiba = await person('Ceiba')
  const { space } = unwrap(
    await ceiba.engine.createSpace({ name: 'Red', relays: [`http://127.0.0.1:${String(port)}`] }),
  )
  await ceiba.until((state) => state.spaces.length === 1)
  const back = async () => {
    const relay = await startRelay({ data, port, host: '127.0.0.1' })
    onTestFinished(() => relay.close())
  }
  return { ceiba, space, back }
}

/** Shows one part after the other, as a screen does. */
async function read(who: Person, codes: readonly string[] = []) {
  let heard = unwrap(await who.engine.readCode({ code: codes[0] ?? '' }))
  for (const code of codes.slice(1)) {
    expect(heard.type).toBe('more')
    heard = unwrap(await who.engine.readCode({ code }))
  }
  return heard
}
