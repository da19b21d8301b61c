// A device that was away opens keys it cannot judge yet: it listens with them, and writes under nothing until the rest is here. Nor
// can anybody who is out, or invents, keep the others from writing.
import { describe, expect, test } from 'vitest'
import { OperationId } from '../../../src/base/ids.ts'
import { needsRekey } from '../../../src/keys/index.ts'
import { first, type Keyring, ringOf } from '../../support/keys-story.ts'
import { story } from '../../support/membership-story.ts'

const invented = (byte: number) => OperationId.must(new Uint8Array(32).fill(byte))

/** Ana, bea, eva and sol; all hold the first two epochs. Each has a view of her own. */
async function space() {
  const view = await story(['ana', 'bea', 'eva:editor', 'sol:editor'])
  const ana = ringOf(view, 'ana')
  await ana.rekey(first(view))
  await ana.rekey()
  const others = ['bea', 'eva', 'sol'].map((name) => ringOf(view.fork(), name)) as [Keyring, Keyring, Keyring]
  for (const other of others) await other.take(...ana.verified())
  return { ana, bea: others[0], eva: others[1], sol: others[2] }
}

describe('KE-11: keys that cannot be judged yet', () => {
  test('back after months: opened by trial, listened on, not written under; nor is the epoch of before', async () => {
    const { ana, eva } = await space()
    await ana.view.remove('ana', 'sol')
    const next = await ana.rekey()
    await ana.view.rotate('bea')
    const last = await ana.rekey()
    expect(await eva.take(last.rekey)).toBe(2)
    expect(eva.ring.current(eva.view.graph)).toBeNull()
    const { covers } = last.rekey
    expect(eva.current()).toEqual({ type: 'behind', epochs: [last.epoch], missing: [...covers] })
    expect(eva.ring.provisional(eva.view.graph)).toEqual([{ epoch: last.epoch, secret: last.secret }])
    expect(needsRekey(eva.view.graph, eva.ring)).toBe(false)
    eva.view.tell(ana.view)
    // One rekey is still missing: what was written in between is known, the epoch of before may be used no more.
    expect(eva.current()).toEqual({ type: 'rekey-needed' })
    await eva.take(next.rekey)
    expect(eva.current()).toEqual(ana.current())
    expect(eva.ring.provisional(eva.view.graph)).toEqual([])
  })

  test('a rekey by a removed device that invents operations holds nobody up, whatever name she takes', async () => {
    const { ana, bea, sol } = await space()
    await ana.view.remove('ana', 'sol')
    const third = await ana.rekey()
    bea.view.tell(ana.view)
    await bea.take(third.rekey)
    const forged = await sol.rekey({ covers: [invented(1)], state: bea.view.graph.state() })
    await bea.take(forged.rekey)
    expect(bea.ring.secret(forged.epoch)).toBeDefined()
    expect(bea.current()).toMatchObject({ type: 'current', epoch: third.epoch })
    const stranger = bea.view.story.crypto.signKeys()
    const nameless = await sol.rekey({ covers: [invented(2)], state: bea.view.graph.state(), keys: stranger })
    await bea.take(nameless.rekey)
    expect(bea.ring.secret(nameless.epoch)).toBeDefined()
    expect(bea.current()).toMatchObject({ type: 'current', epoch: third.epoch })
    // Listened on it may be: that tells her nothing.
    expect(bea.ring.provisional(bea.view.graph)).toHaveLength(1)
  })

  test('after a removal the removed cannot hold up the rekey by inventing one', async () => {
    const { ana, bea, sol } = await space()
    await ana.view.remove('ana', 'sol')
    bea.view.tell(ana.view)
    const stranger = bea.view.story.crypto.signKeys()
    for (const keys of [sol.device.keys, stranger]) {
      const forged = await sol.rekey({ covers: [invented(3)], state: bea.view.graph.state(), keys })
      await bea.take(forged.rekey)
    }
    expect(bea.current()).toEqual({ type: 'rekey-needed' })
    expect(needsRekey(bea.view.graph, bea.ring)).toBe(true)
  })

  test('a hostile member can hold up writing, until people take her out, the epoch changes or it is passed over', async () => {
    const { ana, bea, eva } = await space()
    await eva.take(...ana.verified())
    const stranger = bea.view.story.crypto.signKeys()
    const forged = await eva.rekey({ covers: [invented(4)], state: bea.view.graph.state(), keys: stranger })
    await bea.take(forged.rekey)
    expect(bea.current()).toMatchObject({ type: 'behind', epochs: [forged.epoch] })
    // An epoch that she had no part in ends it: its secret is not among those she lists.
    await ana.view.remove('ana', 'eva')
    const third = await ana.rekey()
    bea.view.tell(ana.view)
    await bea.take(third.rekey)
    expect(bea.current()).toMatchObject({ type: 'current', epoch: third.epoch })
    const again = await space()
    await again.eva.rekey({ covers: [invented(5)], state: again.bea.view.graph.state() })
    await again.bea.take(...again.eva.verified())
    const now = again.bea.current()
    expect(now.type).toBe('behind')
    again.bea.ring.passOver(now.type === 'behind' ? now.epochs : [])
    expect(again.bea.current()).toEqual(again.ana.current())
  })

  test('what it covers is here and says that it is not valid: it counts no more', async () => {
    const { ana, bea, eva } = await space()
    await ana.view.remove('ana', 'sol')
    // As eva would have it: with sol among the recipients.
    const before = eva.view.graph.state()
    const forged = await eva.rekey({ covers: ana.view.graph.heads(), state: before })
    await bea.take(forged.rekey)
    expect(bea.current().type).toBe('behind')
    bea.view.tell(ana.view)
    expect(bea.current()).toEqual({ type: 'rekey-needed' })
    const third = await ana.rekey()
    await bea.take(third.rekey)
    expect(bea.current()).toEqual(ana.current())
  })

  test('a stranger cannot crowd out the real keys with inventions', async () => {
    const { ana, eva, sol } = await space()
    const junk = () => Array.from({ length: 16_000 }, () => sol.view.story.crypto.random.bytes(32))
    const stranger = sol.view.story.crypto.signKeys()
    await ana.view.remove('ana', 'sol')
    const next = await ana.rekey()
    await ana.view.rotate('bea')
    const last = await ana.rekey()
    const state = eva.view.graph.state()
    for (const byte of [6, 7]) {
      const forged = await sol.rekey({ covers: [invented(byte)], state, keys: stranger, secrets: junk() })
      await eva.take(...forged.verified)
    }
    await eva.take(last.rekey)
    expect(eva.ring.secret(next.epoch)).toEqual(next.secret)
    expect(eva.ring.secrets().size).toBeLessThan(17_000)
  }, 20_000)
})
