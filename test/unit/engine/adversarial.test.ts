// What an adversarial reading of the engine found, each as what goes wrong without its mend: an insider who makes keys that open for
// nobody, a photographed link in the wrong hands, a floods of words. People and worlds are those of insider.ts.
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { sealRekey } from '../../../src/keys/index.ts'
import { circle, documentId, numberIn, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

const PLAN = documentId(1)
const inUse = (one: Insider) => one.space.ring.inUse(one.space.graph)

/** A valid rekey by `one` whose wraps open for her alone. */
async function shutOut(one: Insider): Promise<void> {
  const { space } = one
  const { crypto, env } = one.workspace
  await space.serial(async () => {
    unwrap(await space.operate({ op: 'rotate-device', box: await space.useNewBox() }))
    const parents = space.ring.tips()
    const garbled = [...space.state.devices].map(([id, device]) =>
      id === space.device ? ([id, device] as const) : ([id, { ...device, box: crypto.boxKeys().publicKey }] as const),
    )
    const made = await sealRekey(crypto, {
      space: space.id,
      state: { ...space.state, devices: new Map(garbled) },
      covers: space.graph.heads(),
      parents: parents.map(({ epoch }) => epoch),
      secrets: space.ring.secretList(),
      keys: space.keys.sign,
      spaceSeed: space.ring.spaceSeed,
      time: env.clock.now(),
    })
    space.ring.addSecrets([made.secret])
    await space.publish('keys', made.records, parents)
  })
}

describe('keys that open for nobody', () => {
  test(
    'KE-6: an insider whose rekey is shut against the others does not stop them for ever',
    { timeout: 60_000 },
    async () => {
      const clock = new ShiftedClock()
      const { people } = await circle(['Ceiba', 'Copal', 'Luz'], clock)
      const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
      await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
      await together(...people)
      await shutOut(copal)
      const shut = inUse(copal)
      await together(...people)
      for (const one of [ceiba, luz])
        expect(one.space.ring.standing(one.space.graph)).toEqual({ type: 'secret-missing', epoch: shut, shut: true })
      const before = ceiba.space.graph.size
      clock.forward(60_000)
      await together(...people)
      clock.forward(60_000)
      await together(...people)
      await together(...people)
      expect(ceiba.space.current()?.epoch).toBe(inUse(copal))
      expect(luz.space.current()?.epoch).toBe(inUse(copal))
      expect(inUse(copal)).not.toBe(shut)
      await luz.space.documents.edit(PLAN, (doc) => void (doc['n'] = 7))
      await together(...people)
      for (const one of people) expect(await numberIn(one, PLAN)).toBe(7)
      const rotated = ceiba.space.graph.size
      expect(rotated - before).toBeLessThanOrEqual(2)
      clock.forward(300_000)
      await together(...people)
      expect(ceiba.space.graph.size, 'once').toBe(rotated)
    },
  )

  test('ME-9: a coordinator takes out who shut the keys against her, at once', { timeout: 60_000 }, async () => {
    const { people } = await circle(['Ceiba', 'Copal', 'Luz'])
    const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
    await together(...people)
    await shutOut(copal)
    await together(...people)
    expect(ceiba.space.current()).toBe(null)
    unwrap(await ceiba.space.serial(() => ceiba.space.remove(copal.space.me)))
    expect(ceiba.space.current()).not.toBe(null)
    await together(ceiba, luz)
    await luz.until(() => luz.space.current() !== null)
    expect(copal.space.ring.secrets().has(ceiba.space.current()!.epoch)).toBe(false)
  })
})
