// What a removed member and a hostile one tried against the keys: to cut somebody off from the next epoch, and to make work without end.
import { describe, expect, test } from 'vitest'
import { needsRekey, sealUnder } from '../../../src/keys/index.ts'
import { first, Keyring, ringOf } from '../../support/keys-story.ts'
import { story } from '../../support/membership-story.ts'

const nobody = () => null

async function space() {
  const view = await story(['ana', 'bea:editor', 'eva:editor'])
  const ana = ringOf(view, 'ana')
  await ana.rekey(first(view))
  await ana.rekey()
  const [bea, eva] = ['bea', 'eva'].map((name) => ringOf(view.fork(), name)) as [Keyring, Keyring]
  for (const other of [bea, eva]) await other.take(...ana.verified())
  return { ana, bea, eva }
}

/** The active devices with another box key for `name`: what is wrapped for it opens nowhere. */
function shutting(eva: Keyring, name: string) {
  const state = eva.view.graph.state()
  const device = state.devices.get(eva.view.story.device(name).id)!
  const box = eva.view.story.crypto.boxKeys().publicKey
  return { state: { ...state, devices: new Map([...state.devices, [device.id, { ...device, box }]]) } }
}

describe('a removed member makes epochs as of before her removal', () => {
  test('KE-13: one that opens for the author of the next rekey only does not cut the others off from it', async () => {
    const { ana, bea, eva } = await space()
    await ana.view.remove('ana', 'eva')
    // She has not seen it, she says.
    await eva.view.rotate('eva')
    const hostile = await eva.rekey(shutting(eva, 'bea'))
    ana.view.tell(eva.view)
    await ana.take(hostile.rekey)
    expect(ana.ring.secret(hostile.epoch)).toBeDefined()
    const next = await ana.rekey()
    const under = sealUnder(ana.view.graph, ana.ring, next.rekey, nobody)
    bea.view.tell(ana.view)
    await bea.take(hostile.rekey)
    expect(bea.ring.secret(hostile.epoch)).toBeUndefined()
    expect(under.some(({ epoch }) => bea.ring.secret(epoch) !== undefined)).toBe(true)
  })

  test('KE-13: so many that sixteen parents hold none but hers: the last true one is still among them', async () => {
    const { ana, bea, eva } = await space()
    const before = eva.view.fork()
    await ana.view.rotate('bea')
    const real = await ana.rekey()
    await ana.view.remove('ana', 'eva')
    for (let i = 0; i < 20; i++) {
      const branch = new Keyring(before.fork(), 'eva', eva.seed)
      branch.ring.add(eva.verified())
      branch.ring.addSecrets(eva.ring.secretList())
      await branch.view.rotate('eva')
      const hostile = await branch.rekey(shutting(branch, 'bea'))
      ana.view.tell(branch.view)
      ana.ring.add(hostile.verified)
    }
    await ana.take()
    expect(ana.ring.tips().length).toBeGreaterThan(16)
    const next = await ana.rekey()
    expect(next.rekey.parents).toContain(real.epoch)
    expect(ana.current()).toMatchObject({ type: 'current', epoch: next.epoch })
    expect(needsRekey(ana.view.graph, ana.ring)).toBe(false)
    expect(bea.view.graph.size).toBeLessThan(ana.view.graph.size)
  })
})
