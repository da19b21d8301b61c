// One step of a random life of a space with its keys, and what must hold once all is heard and done. Owns no property; what phones do by
// themselves is keys-world.ts.
import fc from 'fast-check'
import { expect } from 'vitest'
import type { DeviceId } from '../../src/base/ids.ts'
import { isCoordinator } from '../../src/membership/index.ts'
import { GROUPS, hostileRekey, type Phone, privately, type World } from './keys-world.ts'

const WHAT = [
  'admit',
  'remove',
  'suspend',
  'resume',
  'rotate',
  'rekey',
  'cosign',
  'open',
  'part',
  'join',
  'hostile',
  'private',
] as const
export const step = fc.record({
  by: fc.nat(15),
  to: fc.nat(15),
  what: fc.constantFrom(...WHAT),
  choice: fc.nat(999),
})
export type Step = { by: number; to: number; what: (typeof WHAT)[number]; choice: number }

export async function play(world: World, { by, to, what, choice }: Step): Promise<void> {
  const { phones } = world
  const phone = phones[by % phones.length] as Phone
  const about = (phones[to % phones.length] as Phone).name
  const { view } = phone
  const knows = view.device(about) !== undefined
  const coordinator = isCoordinator(view.state(), phone.id)
  const moves: Readonly<Record<Step['what'], () => Promise<unknown>>> = {
    admit: () => (phones.length < 18 ? world.admit(phone, `guest ${phones.length}`) : Promise.resolve()),
    // At once a new epoch, or not yet.
    remove: async () => {
      if (!knows || !coordinator || !(await phone.write(() => view.remove(phone.name, about)))) return
      if (choice % 3 > 0) await phone.rekeyIfDue()
    },
    suspend: () => (knows && coordinator ? phone.write(() => view.suspend(phone.name, about)) : Promise.resolve()),
    resume: () => (knows && coordinator ? phone.write(() => view.resume(phone.name, about)) : Promise.resolve()),
    rotate: () => phone.write(() => view.rotate(phone.name)),
    rekey: () => phone.rekeyIfDue(),
    cosign: async () => {
      const pending = view.state().pending[choice % 3]
      const of = phone.graph.operations().find(({ id }) => id === pending?.of)
      if (of !== undefined) await phone.write(() => view.cosign(phone.name, of, choice % 4 !== 0))
    },
    open: () => phone.open(),
    part: () => {
      phone.group = choice % GROUPS
      return Promise.resolve()
    },
    join: async () => {
      await world.join(choice % GROUPS, to % GROUPS)
      for (const other of phones) if (other.group === choice % GROUPS) await other.open()
    },
    hostile: () => hostileRekey(phone, choice),
    private: () => privately(phone, phones[to % phones.length] as Phone, choice),
  }
  await moves[what]()
}

/** Secrets that a device was given after the epoch that shut it out: with them it was let in again. */
function letInAgain(phone: Phone, device: DeviceId, ordinal: number): boolean {
  const { graph, ring } = phone
  return ring
    .epochs(graph)
    .some(
      (later) => later.ordinal > ordinal && graph.stateAt(later.rekey.covers).devices.get(device)?.status === 'active',
    )
}

export function check(world: World): void {
  // Who was taken out under an epoch that a hostile one shut against her does not know that she is out: who knows the most decides.
  const [one] = world.phones
    .filter((phone) => phone.active && !phone.hostile)
    .sort((a, b) => b.graph.size - a.graph.size)
  if (one === undefined) return
  const state = one.view.state()
  const now = one.ring.standing(one.graph)
  expect(now.type).toBe('current')
  for (const phone of world.phones) {
    const { id, ring, graph, name, hostile } = phone
    if (state.devices.get(id)?.status === 'active') {
      if (hostile) continue
      expect({ name, ...ring.standing(graph) }).toEqual({ name, ...now })
      expect(graph.size).toBe(one.graph.size)
      continue
    }
    // Let in by an operation that a hostile device showed to nobody else: it was told secrets, as anybody may be.
    if (!state.devices.has(id)) continue
    if (now.type === 'current' && !world.told.has(now.epoch))
      expect([name, ring.secret(now.epoch)]).toEqual([name, undefined])
    for (const epoch of one.ring.epochs(one.graph)) {
      const then = one.graph.stateAt(epoch.rekey.covers).devices.get(id)
      if (then === undefined || then.status === 'active') continue
      if (!world.honest.has(epoch.id) || world.told.has(epoch.id)) continue
      if (!letInAgain(one, id, epoch.ordinal)) expect([name, ring.secret(epoch.id)]).toEqual([name, undefined])
    }
  }
}
