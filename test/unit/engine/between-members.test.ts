// Stories between members over a real relay, each found by an adversarial reading.
import { afterEach, describe, expect, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { DocumentId } from '../../../src/base/ids.ts'
import { startRelay } from '../../../sync-server/relay.ts'
import { Insider } from '../../support/insider.ts'
import { temporaryFolder } from '../../support/relay-fixture.ts'
import { unwrap } from '../../../src/base/result.ts'
import { Joining } from '../../../src/engine/joining.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end().catch(() => undefined)
})

async function named(alias: string) {
  const made = await Insider.named(alias)
  ends.push(() => made.keeper.lock())
  return made
}

async function founded() {
  const relay = await startRelay({ data: temporaryFolder(), port: 0, host: '127.0.0.1' })
  ends.push(() => relay.close())
  const url = `http://127.0.0.1:${String(relay.port)}`
  const ceiba = await named('Ceiba')
  await ceiba.workspace.found('Red', [url])
  return { relay, url, ceiba }
}

const id = (byte: number) => DocumentId.must(new Uint8Array(16).fill(byte))
const both = (...people: Insider[]) => Promise.all(people.map((one) => one.workspace.sync(5_000)))

describe('members', () => {
  test('JO-13: she who was removed and is invited again comes back', { timeout: 15_000 }, async () => {
    const { ceiba } = await founded()
    const copal = await named('Copal')
    await ceiba.admit(copal)
    await ceiba.space.serial(() => ceiba.space.remove(copal.space.me))
    await copal.until(() => copal.space.standing === 'removed')
    await ceiba.admit(copal)
    expect(copal.space.standing).toBe('active')
  })

  test.each([20, 150])(
    'a newcomer sees the %i entries of a member who was removed',
    { timeout: 60_000 },
    async (many) => {
      const { ceiba } = await founded()
      const copal = await named('Copal')
      await ceiba.admit(copal)
      await ceiba.space.documents.create(id(1), [(doc) => void (doc['n'] = 0)])
      await both(ceiba, copal)
      await copal.space.documents.open(id(1))
      for (let n = 1; n <= many; n++) await copal.space.documents.edit(id(1), (doc) => void (doc['n'] = n))
      await both(copal, ceiba)
      await ceiba.space.documents.open(id(1))
      expect(ceiba.space.documents.peek(id(1))?.['n']).toBe(many)
      await ceiba.space.serial(() => ceiba.space.remove(copal.space.me))
      const luz = await named('Luz')
      await ceiba.admit(luz)
      await both(ceiba, luz)
      await luz.space.documents.open(id(1))
      expect(luz.space.documents.peek(id(1))?.['n']).toBe(many)
    },
  )

  test('the channel of an epoch is given nothing that was sealed after it', { timeout: 20_000 }, async () => {
    const { ceiba } = await founded()
    const copal = await named('Copal')
    await ceiba.admit(copal)
    const old = ceiba.workspace.channels.get(ceiba.space.id)?.sources(undefined, null)[0]
    const [before] = ceiba.space.log.ids()
    await ceiba.space.serial(() => ceiba.space.remove(copal.space.me))
    await ceiba.space.documents.create(id(9), [(doc) => void (doc['n'] = 0)])
    const [after] = ceiba.space.log.contentOf(id(9))
    expect(old?.held.mayGive(before ?? '')).toBe(true)
    expect(old?.held.mayGive(after?.id ?? '')).toBe(false)
    expect(old?.held.sorted().map(toHex)).not.toContain(after?.id)
  })

  test('an acknowledgement that got lost does not leave entries unsent for ever', { timeout: 30_000 }, async () => {
    const { ceiba } = await founded()
    await both(ceiba)
    ceiba.world.drop = (message) => message.t === 'ack'
    await ceiba.space.documents.create(id(2), [(doc) => void (doc['n'] = 0)])
    await ceiba.workspace.sync(1_500)
    ceiba.world.drop = () => false
    await ceiba.reopen()
    await ceiba.workspace.sync(5_000)
    // Saved as unsent, or made so here because a lock forgets it (holes-local).
    const channels = ceiba.workspace.channels.get(ceiba.space.id)
    for (const meta of ceiba.space.log.contentOf(id(2))) channels?.unsent.add(meta.id)
    for (const link of ceiba.workspace.connections.all()) link.ask()
    await ceiba.workspace.sync(5_000)
    expect(channels?.unsent.size).toBe(0)
  })

  test('JO-3: a knock that lies on the relay is still delivered after a restart', { timeout: 20_000 }, async () => {
    const { ceiba } = await founded()
    const hosting = ceiba.workspace.hostings.get(ceiba.space.id)
    const invitation = unwrap(
      (await hosting?.invite({ mode: 'confirm', role: 'editor', note: '' })) ?? { ok: false, error: 0 as never },
    )
    const link = unwrap(hosting?.link(invitation, '') ?? { ok: false, error: 0 as never })
    await both(ceiba)
    const luz = await named('Luz')
    await luz.workspace.addJoining(unwrap(await Joining.knock(luz.workspace, link)))
    await luz.until(() => luz.workspace.joinings.get(invitation)?.delivered === true)
    await luz.reopen()
    await luz.workspace.sync(3_000)
    expect(luz.workspace.joinings.get(invitation)?.delivered).toBe(true)
  })

  test('a refused write while receiving does not end the settling of the session', { timeout: 40_000 }, async () => {
    const { ceiba } = await founded()
    const copal = await named('Copal')
    await ceiba.admit(copal)
    await both(ceiba, copal)
    copal.world.refuseWrites = 1
    await ceiba.space.documents.create(id(3), [(doc) => void (doc['n'] = 0)])
    await ceiba.workspace.sync(3_000)
    await copal.until(() => copal.world.refuseWrites === 0)
    const { relays } = unwrap(await copal.workspace.sync(6_000))
    expect(copal.space.log.contentOf(id(3)).length).toBe(1)
    expect(relays.every(({ inStep }) => inStep)).toBe(true)
  })

  test('a newcomer admitted while another coordinator changed the keys gets them', { timeout: 60_000 }, async () => {
    const { ceiba, url } = await founded()
    const copal = await named('Copal')
    const luz = await named('Luz')
    const sol = await named('Sol')
    await ceiba.admit(copal)
    await ceiba.admit(sol)
    await ceiba.space.serial(() =>
      ceiba.space.operate({ op: 'set-role', member: copal.space.me, role: 'coordinator', cutoffs: [] }),
    )
    await both(ceiba, copal)
    expect(copal.space.coordinator).toBe(true)
    // Copal is away and removes Sol; Ceiba meanwhile admits Luz.
    copal.world.drop = () => true
    copal.workspace.connections.stop()
    await copal.space.serial(() => copal.space.remove(sol.space.me))
    await ceiba.admit(luz)
    copal.world.drop = () => false
    copal.workspace.connections.stop()
    copal.workspace.arrange(copal.space)
    await both(copal, ceiba, luz)
    await both(copal, ceiba, luz)
    expect(url).toBeDefined()
    expect(copal.space.current()?.epoch).toBe(ceiba.space.current()?.epoch)
    await luz.until(() => luz.space.current()?.epoch === ceiba.space.current()?.epoch)
    expect(luz.space.current()).not.toBeNull()
  })

  test(
    'what a removed member wrote and one of us had seen is the same for everybody',
    { timeout: 60_000 },
    async () => {
      const { ceiba } = await founded()
      const copal = await named('Copal')
      const luz = await named('Luz')
      await ceiba.admit(copal)
      await ceiba.admit(luz)
      await ceiba.space.documents.create(id(4), [(doc) => void (doc['n'] = 0)])
      await both(ceiba, copal, luz)
      await both(ceiba, copal, luz)
      await luz.space.documents.open(id(4))
      // Ceiba is away while Copal writes; Luz receives it. Then Ceiba removes Copal.
      ceiba.workspace.connections.stop()
      await copal.space.documents.edit(id(4), (doc) => void (doc['n'] = 1))
      await both(copal, luz)
      await luz.until(() => luz.space.documents.peek(id(4))?.['n'] === 1)
      await ceiba.space.serial(() => ceiba.space.remove(copal.space.me))
      ceiba.workspace.arrange(ceiba.space)
      await both(ceiba, luz)
      await both(ceiba, luz)
      await luz.until(() => luz.space.current()?.epoch === ceiba.space.current()?.epoch)
      await ceiba.space.documents.open(id(4))
      // Luz stands for what she holds, within a few seconds of learning that Copal is out.
      await ceiba.until(() => ceiba.space.documents.peek(id(4))?.['n'] === 1)
      const waiting = ceiba.space.log.contentOf(id(4)).map(({ state, reason }) => `${state} ${String(reason)}`)
      expect(waiting).not.toContain('waiting unvouched')
      expect(ceiba.space.documents.peek(id(4))?.['n']).toBe(luz.space.documents.peek(id(4))?.['n'])
    },
  )

  test('an end just after an admission leaves the invitation used', { timeout: 20_000 }, async () => {
    const { ceiba } = await founded()
    const copal = await named('Copal')
    await ceiba.admit(copal)
    const [record] = ceiba.space.record.invitations
    if (record === undefined) throw new Error('no invitation')
    record.state = 'open'
    await ceiba.space.save()
    await ceiba.reopen()
    expect(ceiba.workspace.hostings.get(ceiba.space.id)?.invitations()).toMatchObject([{ used: true }])
  })
})
