// An insider whose epochs hand on nothing: what the others wrote meanwhile reaches, in the end, also those whom she left out (KE-18).
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import type { DeviceId } from '../../../src/base/ids.ts'
import { sealRekey } from '../../../src/keys/index.ts'
import { circle, documentId, numberIn, person, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

const PLAN = documentId(1)
const inUse = (one: Insider) => one.space.ring.inUse(one.space.graph)
const put = (one: Insider, n: number) => one.space.documents.edit(PLAN, (doc) => void (doc['n'] = n))
/** Longer than the part with the older secrets may be late, and than the turns of all who can close a gap. */
const LATER = 1_500_000

/** New box keys of hers, and a valid rekey with none of the older secrets, whose wrap for `shut` opens nowhere. */
async function listless({ space, workspace }: Insider, shut?: DeviceId): Promise<void> {
  const { crypto, env } = workspace
  await space.serial(async () => {
    unwrap(await space.operate({ op: 'rotate-device', box: await space.useNewBox() }))
    const parents = space.ring.tips()
    const boxOf = (id: DeviceId, box: Uint8Array) => (id === shut ? crypto.boxKeys().publicKey : box)
    const devices = [...space.state.devices].map(([id, one]) => [id, { ...one, box: boxOf(id, one.box) }] as const)
    const made = await sealRekey(crypto, {
      space: space.id,
      state: { ...space.state, devices: new Map(devices) },
      covers: space.graph.heads(),
      parents: parents.map(({ epoch }) => epoch),
      secrets: [],
      keys: space.keys.sign,
      spaceSeed: space.ring.spaceSeed,
      time: env.clock.now(),
    })
    space.ring.addSecrets([made.secret])
    await space.publish('keys', made.records, parents)
  })
}

async function passing(clock: ShiftedClock, ...people: Insider[]): Promise<void> {
  await together(...people)
  clock.forward(LATER)
  await together(...people)
  await together(...people)
}

describe('epochs that hand on nothing', () => {
  test(
    'KE-18: who was shut out of the first reads what was written under it, though she holds the one in use',
    { timeout: 60_000 },
    async () => {
      const clock = new ShiftedClock()
      const { people } = await circle(['Ceiba', 'Copal', 'Luz', 'Sol'], clock)
      const [ceiba, copal, luz, sol] = people as [Insider, Insider, Insider, Insider]
      await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
      await together(...people)
      const out = sol.space.device
      await sol.keeper.lock()
      await listless(copal, out)
      await together(ceiba, copal, luz)
      const first = inUse(luz)!
      await put(luz, 7)
      await together(ceiba, copal, luz)
      await listless(copal)
      await together(ceiba, copal, luz)
      await sol.reopen()
      await together(...people)
      expect(sol.space.ring.secret(first)).toBeUndefined()
      await passing(clock, ceiba, copal, luz, sol)
      expect(sol.space.ring.secret(first)).toBeDefined()
      expect(await numberIn(sol, PLAN)).toBe(7)
      expect(sol.space.current()?.epoch).toBe(inUse(ceiba))
      const size = ceiba.space.graph.size
      await passing(clock, ceiba, copal, luz, sol)
      expect(ceiba.space.graph.size, 'once').toBe(size)
    },
  )

  test(
    'KE-13 KE-18: a newcomer from before the first, who cannot judge the second, comes to read both and to write',
    { timeout: 60_000 },
    async () => {
      const clock = new ShiftedClock()
      const { people } = await circle(['Ceiba', 'Copal', 'Luz'], clock)
      const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
      await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
      await together(...people)
      for (const one of [copal, luz]) await one.keeper.lock()
      const sol = await person('Sol', clock)
      await ceiba.admit(sol)
      await together(ceiba, sol)
      const admission = new Set(ceiba.space.log.ids())
      for (const one of [copal, luz]) {
        one.world.offline = true
        await one.reopen()
      }
      clock.forward(5_000)
      await Promise.all([copal, luz].map(({ space }) => space.caughtUp()))
      const tell = async (from: Insider, to: Insider) =>
        to.space.receive([...(await from.space.log.outers(from.space.log.ids())).values()])
      await listless(copal)
      const first = inUse(copal)!
      await tell(copal, luz)
      await put(luz, 7)
      await tell(luz, copal)
      // Now she says that she has heard of the newcomer.
      await copal.space.receive([...(await ceiba.space.log.outers([...admission])).values()])
      await listless(copal)
      expect(inUse(copal)).not.toBe(first)
      // Who let her in would give her the first as soon as she heard of it.
      await ceiba.keeper.lock()
      for (const one of [copal, luz]) {
        await one.keeper.lock()
        one.world.offline = false
        await one.reopen()
      }
      await together(copal, luz, sol)
      await together(copal, luz, sol)
      expect(sol.space.ring.secret(first)).toBeUndefined()
      expect(sol.space.ring.standing(sol.space.graph)).toMatchObject({ type: 'secret-missing', epoch: first })
      await passing(clock, copal, luz, sol)
      await sol.until(() => sol.space.current() !== null)
      expect(sol.space.current()?.epoch).toBe(inUse(luz))
      await together(copal, luz, sol)
      expect(await numberIn(sol, PLAN)).toBe(7)
    },
  )
})
