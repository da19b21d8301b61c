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
})
