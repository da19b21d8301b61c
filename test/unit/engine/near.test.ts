// Devices that connect without a relay: people with whole engines in one room, where no relay is or the relay goes. The pages' halves
// are of cardboard (near-pages.ts); everything else is what runs in the app.
import { describe, expect, onTestFinished, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { bundleRecords } from '../../../src/carriers/bundle.ts'
import { Room } from '../../support/near-pages.ts'
import { Person } from '../../support/members.ts'
import { startRelay } from '../../../sync-server/relay.ts'
import { temporaryFolder } from '../../support/relay-fixture.ts'

const NOWHERE = 'http://127.0.0.1:1'

async function inRoom(room: Room, alias: string): Promise<Person> {
  const person = await Person.named(alias)
  const page = room.enter(person.engine)
  onTestFinished(async () => {
    page.close()
    await person.end()
  })
  return person
}

/** Shows codes one way and back. */
async function connect(one: Person, other: Person): Promise<void> {
  const { text } = unwrap(await one.engine.nearBegin())
  const { reply } = unwrap(await other.engine.nearRead({ text: `mira: ${text} ¿la lees?` }))
  if (reply === null) throw new Error('an offer without a reply')
  expect(unwrap(await one.engine.nearRead({ text: reply.text })).reply).toBeNull()
}

const edit = async (person: Person, title: string) => {
  const document = person.space.documents[0]?.id
  if (document === undefined) throw new Error('no document')
  const edits = [{ op: 'set', path: ['title'], value: title }] as const
  unwrap(await person.engine.editDocument({ space: person.space.id, document, edits }))
}
const titled = (person: Person, title: string) =>
  person.until((state) => state.spaces[0]?.documents.some((one) => one.title === title) === true)

/** Two in one space that no relay serves: the second came in over the connection itself. */
async function twoNear(room = new Room()) {
  const [ceiba, copal] = [await inRoom(room, 'Ceiba'), await inRoom(room, 'Copal')]
  const { space } = unwrap(await ceiba.engine.createSpace({ name: 'Red', relays: [NOWHERE] }))
  const { link } = unwrap(await ceiba.engine.invite({ space, mode: 'open', role: 'editor', note: '', app: '' }))
  unwrap(await copal.engine.join({ link }))
  await connect(ceiba, copal)
  await copal.until((state) => state.spaces[0]?.standing === 'active' && state.joining.length === 0)
  return { room, ceiba, copal, space }
}

describe('with no server at all', () => {
  test('somebody is let in, both write, both see it, and each knows who the other is', async () => {
    const { ceiba, copal, space } = await twoNear()
    unwrap(await ceiba.engine.createDocument({ space, type: 'protection-plan', title: 'Plan de Ceiba' }))
    await titled(copal, 'Plan de Ceiba')
    await copal.until((state) => state.spaces[0]?.documents[0]?.here === true)
    await edit(copal, 'Plan de las dos')
    await titled(ceiba, 'Plan de las dos')
    await ceiba.until(({ peers }) => peers[0]?.state === 'in-step' && peers[0].alias === 'Copal')
    await copal.until(({ peers }) => peers[0]?.state === 'in-step' && peers[0].alias === 'Ceiba')
    expect(ceiba.state?.peers[0]).toMatchObject({ by: 'near', spaces: [space], member: copal.space.me })
    // A phone is no relay: what was written here is still to be sent.
    expect(ceiba.space.unsent).toBeGreaterThan(0)
  })

  test('what was written apart meets when they connect again; nothing is lost by a connection that breaks', async () => {
    const { room, ceiba, copal, space } = await twoNear()
    unwrap(await ceiba.engine.createDocument({ space, type: 'protection-plan', title: 'Uno' }))
    await titled(copal, 'Uno')
    room.part()
    await ceiba.until(({ peers }) => peers.length === 0)
    await copal.until(({ peers }) => peers.length === 0)
    unwrap(await ceiba.engine.createDocument({ space, type: 'meeting-minutes', title: 'Dos' }))
    unwrap(await copal.engine.createDocument({ space, type: 'meeting-minutes', title: 'Tres' }))
    await connect(copal, ceiba)
    for (const person of [ceiba, copal]) for (const title of ['Dos', 'Tres']) await titled(person, title)
  })

  test('a lock ends every connection, and the page stays of use for who unlocks', async () => {
    const { room, ceiba, copal } = await twoNear()
    await copal.engine.lock()
    await ceiba.until(({ peers }) => peers.length === 0)
    expect(room.lines.size).toBe(0)
    expect(await copal.engine.nearBegin()).toEqual({ ok: false, error: { type: 'Locked' } })
    await copal.restart()
    const page = room.enter(copal.engine)
    await connect(ceiba, copal)
    await ceiba.until(({ peers }) => peers[0]?.state === 'in-step')
    page.close()
  })

  test('CH-34 who was removed and comes near hears that she was removed, and nothing written since', async () => {
    const { room, ceiba, copal, space } = await twoNear()
    unwrap(await ceiba.engine.createDocument({ space, type: 'protection-plan', title: 'Antes' }))
    await titled(copal, 'Antes')
    room.part()
    for (const person of [ceiba, copal]) await person.until(({ peers }) => peers.length === 0)
    unwrap(await ceiba.engine.removeMember({ space, member: copal.space.me }))
    unwrap(await ceiba.engine.createDocument({ space, type: 'meeting-minutes', title: 'Después' }))
    await edit(ceiba, 'Después de ella')
    unwrap(await copal.engine.createDocument({ space, type: 'meeting-minutes', title: 'De fuera' }))
    await connect(copal, ceiba)
    await copal.until((state) => state.spaces[0]?.standing === 'removed')
    // She listens on in the channel she knows, for a while: the two may well be in step there.
    await ceiba.until(({ peers }) => peers[0] !== undefined && peers[0].state !== 'connecting')
    expect(copal.space.documents.map(({ title }) => title).sort()).toEqual(['Antes', 'De fuera'])
    expect(ceiba.space.documents.some(({ title }) => title === 'De fuera')).toBe(false)
  })

  test('strangers connect and learn nothing: no space, no name', async () => {
    const room = new Room()
    const [ceiba, nadie] = [await inRoom(room, 'Ceiba'), await inRoom(room, 'Nadie')]
    unwrap(await ceiba.engine.createSpace({ name: 'Red', relays: [NOWHERE] }))
    unwrap(await nadie.engine.createSpace({ name: 'Otra', relays: [NOWHERE] }))
    await connect(ceiba, nadie)
    for (const person of [ceiba, nadie]) {
      await person.until(({ peers }) => peers[0]?.state === 'connected')
      expect(person.state?.peers[0]).toMatchObject({ device: null, member: null, alias: '', spaces: [] })
    }
    const id = ceiba.state?.peers[0]?.id ?? ''
    unwrap(await ceiba.engine.nearEnd({ peer: id }))
    await nadie.until(({ peers }) => peers.length === 0)
  })
})

async function knocked(ceiba: Person, codes: readonly string[]) {
  for (const code of codes) {
    const heard = unwrap(await ceiba.engine.readCode({ code }))
    if (heard.type === 'knock') return heard.device
  }
  throw new Error('no knock')
}

/** Somebody let in by codes alone, whose history is still to come. */
async function letIn(room: Room, ceiba: Person, alias: string): Promise<Person> {
  const newcomer = await inRoom(room, alias)
  const space = ceiba.space.id
  const { id, link } = unwrap(await ceiba.engine.invite({ space, mode: 'open', role: 'editor', note: '', app: '' }))
  unwrap(await newcomer.engine.join({ link }))
  await newcomer.until(({ joining }) => joining.length === 1)
  const device = await knocked(ceiba, newcomer.state?.joining[0]?.codes ?? [])
  await ceiba.until(
    ({ spaces }) => spaces[0]?.members.some((one) => one.devices.some(({ id: its }) => its === device)) === true,
  )
  const { codes } = unwrap(await ceiba.engine.welcomeCode({ space, invitation: id, device }))
  for (const code of codes) unwrap(await newcomer.engine.readCode({ code }))
  return newcomer
}

/** Who is in and what the keys are, and nothing of what was written. */
function leadOnly(file: Uint8Array): Uint8Array {
  let length = file.length
  while ([...bundleRecords(file.subarray(0, length))].some(({ part }) => part === 'body')) length -= 64
  return file.subarray(0, length)
}

test('CH-37 JO-15: two newcomers do not believe each other that the history is here; who has it is believed', async () => {
  const room = new Room()
  const ceiba = await inRoom(room, 'Ceiba')
  const { space } = unwrap(await ceiba.engine.createSpace({ name: 'Red', relays: [NOWHERE] }))
  unwrap(await ceiba.engine.createDocument({ space, type: 'protection-plan', title: 'Plan' }))
  const [copal, luz] = [await letIn(room, ceiba, 'Copal'), await letIn(room, ceiba, 'Luz')]
  const { file } = unwrap(await ceiba.engine.saveBundle({ space, since: null }))
  for (const newcomer of [copal, luz]) unwrap(await newcomer.engine.openBundle({ file: leadOnly(file) }))
  await connect(copal, luz)
  for (const newcomer of [copal, luz]) await newcomer.until(({ peers }) => peers[0]?.state === 'in-step')
  for (const newcomer of [copal, luz]) {
    await newcomer.sync(1_000)
    expect(newcomer.space.standing).toBe('loading')
  }
  await connect(ceiba, copal)
  for (const newcomer of [copal, luz]) await newcomer.until(({ spaces }) => spaces[0]?.standing === 'active')
  for (const newcomer of [copal, luz]) await titled(newcomer, 'Plan')
})

describe('codes are hostile text', () => {
  test("no code, a damaged one, one for somebody else and one's own are told apart", async () => {
    const room = new Room()
    const [ceiba, copal] = [await inRoom(room, 'Ceiba'), await inRoom(room, 'Copal')]
    const reasonOf = async (person: Person, text: string) => {
      const read = await person.engine.nearRead({ text })
      return read.ok ? 'read' : read.error.type === 'BadCode' ? read.error.reason : read.error.type
    }
    const { text } = unwrap(await ceiba.engine.nearBegin())
    expect(await reasonOf(copal, 'hola')).toBe('not-a-code')
    expect(await reasonOf(copal, 'telarcode1.1.1.AAAAAAAA.AAAA')).toBe('not-a-code')
    expect(await reasonOf(copal, text.slice(0, -3))).toBe('damaged')
    expect(
      await reasonOf(
        copal,
        text.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      ),
    ).toBe('damaged')
    expect(await reasonOf(ceiba, text)).toBe('not-for-here')
    const { reply } = unwrap(await copal.engine.nearRead({ text: text.replace(/.{60}/g, '$&\r\n') }))
    // A camera reads the same code many times.
    expect(unwrap(await copal.engine.nearRead({ text })).reply).toEqual(reply)
    const luz = await inRoom(room, 'Luz')
    expect(await reasonOf(luz, reply?.text ?? '')).toBe('not-for-here')
    expect((reply?.codes[0] ?? '').length).toBeLessThan(600)
    expect(luz.state?.peers).toEqual([])
  })

  test('a browser without WebRTC, or no page at all, is an answer', async () => {
    const room = new Room()
    const ceiba = await inRoom(room, 'Ceiba')
    room.unable = true
    expect(await ceiba.engine.nearBegin()).toEqual({ ok: false, error: { type: 'NoPeers' } })
    const alone = await Person.named('Sola')
    onTestFinished(() => alone.end())
    expect(await alone.engine.nearBegin()).toEqual({ ok: false, error: { type: 'NoPeers' } })
    expect(ceiba.state?.peers).toEqual([])
  })
})

test('two who see each other over a relay connect by themselves, and go on when the relay is gone', async () => {
  const relay = await startRelay({ host: '127.0.0.1', port: 0, data: temporaryFolder() })
  const room = new Room()
  const [ceiba, copal] = [await inRoom(room, 'Ceiba'), await inRoom(room, 'Copal')]
  const { space } = unwrap(await ceiba.engine.createSpace({ name: 'Red', relays: [relay.address] }))
  unwrap(await ceiba.engine.createDocument({ space, type: 'protection-plan', title: 'Plan' }))
  const { link } = unwrap(await ceiba.engine.invite({ space, mode: 'open', role: 'editor', note: '', app: '' }))
  unwrap(await copal.engine.join({ link }))
  await copal.until((state) => state.spaces[0]?.standing === 'active')
  await titled(copal, 'Plan')
  expect([...(ceiba.state?.peers ?? []), ...(copal.state?.peers ?? [])]).toEqual([])
  const place = { document: ceiba.space.documents[0]?.id ?? null, field: null }
  for (const person of [ceiba, copal]) await person.engine.setPlace({ space, place })
  for (const person of [ceiba, copal])
    await person.until(({ peers }) => peers[0]?.state === 'in-step' && peers[0].by === 'whisper')
  await relay.close()
  await ceiba.until((state) => state.spaces[0]?.relays[0]?.state !== 'connected')
  await edit(copal, 'Sin relevo')
  await titled(ceiba, 'Sin relevo')
  await edit(ceiba, 'De vuelta')
  await titled(copal, 'De vuelta')
  await ceiba.until(({ peers }) => peers.length === 1 && peers[0]?.alias === 'Copal')
})
