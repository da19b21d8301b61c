// The main job without a browser: members with engines of their own, a real relay between them.
import { afterEach, describe, expect, test } from 'vitest'
import { sampleText } from '../../../src/documents/samples/index.ts'
import { unwrap } from '../../../src/base/result.ts'
import { startRelay } from '../../../sync-server/relay.ts'
import { isIn, PASSPHRASE, Person } from '../../support/members.ts'
import { temporaryFolder } from '../../support/relay-fixture.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function relay(data = temporaryFolder(), port = 0) {
  const started = await startRelay({ data, port, host: '127.0.0.1' })
  ends.push(() => started.close())
  return { ...started, url: `http://127.0.0.1:${String(started.port)}`, data }
}

async function person(alias: string) {
  const made = await Person.named(alias)
  ends.push(() => made.end())
  return made
}

async function twoInASpace() {
  const { url, ...rest } = await relay()
  const ceiba = await person('Ceiba')
  unwrap(await ceiba.engine.createSpace({ name: 'Red de prueba', relays: [url] }))
  await ceiba.until((state) => state.spaces.length === 1)
  const copal = await person('Copal')
  await enter(ceiba, copal)
  return { ceiba, copal, url, ...rest }
}

async function enter(inviter: Person, newcomer: Person, role: 'editor' | 'reader' | 'coordinator' = 'editor') {
  const space = inviter.space.id
  const { link } = unwrap(await inviter.engine.invite({ space, mode: 'open', role, note: '', app: '' }))
  unwrap(await newcomer.engine.join({ link }))
  await newcomer.until(isIn)
}

describe('members of a space', () => {
  test('a founder makes a space and documents without any relay', async () => {
    const ceiba = await person('Ceiba')
    const { space } = unwrap(await ceiba.engine.createSpace({ name: 'Sola', relays: [] }))
    const { document } = unwrap(await ceiba.engine.importDocument({ space, json: sampleText('protection-plan') }))
    expect(await ceiba.json(document)).toEqual(JSON.parse(sampleText('protection-plan')))
    await ceiba.restart()
    await ceiba.until((state) => state.spaces[0]?.documents.length === 1)
    expect(await ceiba.json(document)).toEqual(JSON.parse(sampleText('protection-plan')))
    expect(ceiba.space.name).toBe('Sola')
    expect(ceiba.space.members[0]?.alias).toBe('Ceiba')
  })

  test('JO-5: she who was invited is admitted, reads everything, and both write', async () => {
    const { ceiba, copal } = await twoInASpace()
    const space = ceiba.space.id
    const { document } = unwrap(await ceiba.engine.importDocument({ space, json: sampleText('protection-plan') }))
    await copal.until((state) => state.spaces[0]?.documents[0]?.here === true)
    expect(await copal.json()).toEqual(JSON.parse(sampleText('protection-plan')))
    unwrap(
      await copal.engine.editDocument({
        space,
        document,
        edits: [{ op: 'set', path: ['riskLevel'], value: 'critico' }],
      }),
    )
    await ceiba.sync()
    await copal.sync()
    await ceiba.until((state) => state.spaces[0]?.members.some((m) => m.alias === 'Copal') === true)
    await ceiba.sync()
    expect((await ceiba.json())['riskLevel']).toBe('critico')
  })

  test('JO-6 JO-7: confirm: the knock waits, the words agree, and the newcomer comes in when the inviter is back', async () => {
    const { url } = await relay()
    const ceiba = await person('Ceiba')
    const { space } = unwrap(await ceiba.engine.createSpace({ name: 'Red', relays: [url] }))
    const invited = await ceiba.engine.invite({ space, mode: 'confirm', role: 'editor', note: 'Luz', app: '' })
    await ceiba.sync()
    const { link } = unwrap(invited)
    await ceiba.engine.lock()
    const luz = await person('Luz')
    const { words } = unwrap(await luz.engine.join({ link }))
    await luz.until((state) => state.joining[0]?.delivered === true)
    await ceiba.restart()
    await ceiba.until((state) => state.spaces[0]?.knocks.length === 1)
    const knock = ceiba.space.knocks[0]
    expect(knock?.words).toEqual(words)
    if (knock === undefined) throw new Error('no knock')
    unwrap(await ceiba.engine.admit({ space, invitation: knock.invitation, device: knock.device }))
    await luz.until(isIn)
    expect(luz.space.name).toBe('Red')
  })

  test('a removed member reads nothing new and what she writes counts for nobody', async () => {
    const { ceiba, copal } = await twoInASpace()
    const space = ceiba.space.id
    const { document } = unwrap(await ceiba.engine.createDocument({ space, type: 'protection-plan', title: 'Antes' }))
    await copal.until((state) => state.spaces[0]?.documents[0]?.here === true)
    await copal.json()
    const removed = ceiba.space.members.find((member) => !member.me)
    if (removed === undefined) throw new Error('nobody to remove')
    const epoch = ceiba.space.epoch
    unwrap(await ceiba.engine.removeMember({ space, member: removed.id }))
    await ceiba.until((state) => state.spaces[0]?.epoch === epoch + 1)
    unwrap(
      await ceiba.engine.editDocument({ space, document, edits: [{ op: 'text', path: ['title'], value: 'Después' }] }),
    )
    await ceiba.sync()
    await copal.until((state) => state.spaces[0]?.standing === 'removed')
    await copal.sync()
    expect((await copal.json(document))['title']).toBe('Antes')
    const refused = await copal.engine.editDocument({
      space,
      document,
      edits: [{ op: 'set', path: ['riskLevel'], value: 'alto' }],
    })
    expect(refused).toMatchObject({ ok: false, error: { type: 'RemovedFromSpace' } })
    const luz = await person('Luz')
    await enter(ceiba, luz)
    await luz.until((state) => state.spaces[0]?.documents[0]?.here === true)
    expect((await luz.json(document))['title']).toBe('Después')
  })

  test('an emptied relay is filled again and a third joins through it', async () => {
    const { ceiba, copal, port, close } = await twoInASpace()
    const space = ceiba.space.id
    unwrap(await ceiba.engine.importDocument({ space, json: sampleText('meeting-minutes') }))
    await copal.until((state) => state.spaces[0]?.documents[0]?.here === true)
    await ceiba.until((state) => state.spaces[0]?.documents.length === 1)
    await close()
    const document = ceiba.space.documents[0]?.id
    if (document === undefined) throw new Error('no document')
    unwrap(
      await copal.engine.editDocument({
        space,
        document,
        edits: [{ op: 'text', path: ['objective'], value: 'Sin relevo' }],
      }),
    )
    unwrap(
      await ceiba.engine.editDocument({
        space,
        document,
        edits: [{ op: 'text', path: ['placeNote'], value: 'Igual' }],
      }),
    )
    await relay(temporaryFolder(), port)
    await ceiba.sync()
    await copal.sync()
    await ceiba.sync()
    const luz = await person('Luz')
    await enter(ceiba, luz)
    await luz.sync()
    for (const one of [ceiba, copal, luz]) {
      const json = await one.json(document)
      expect(json['objective']).toBe('Sin relevo')
      expect(json['placeNote']).toBe('Igual')
    }
  })

  test('a wrong frase secreta says so; the recovery kit opens', async () => {
    const made = await person('Ceiba')
    unwrap(await made.engine.createSpace({ name: 'Red', relays: [] }))
    await made.engine.lock()
    expect(await made.engine.unlock('otra frase que no es la suya hoy')).toMatchObject({
      ok: false,
      error: { type: 'WrongPassphrase' },
    })
    unwrap(await made.engine.unlock(PASSPHRASE))
    expect((await made.engine.state()).spaces[0]?.name).toBe('Red')
  })
})
