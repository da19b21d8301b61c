// Who lacks the epoch in use, and in which order others would give it to her (rule KE-9). Pure functions of graph, ring and what
// was seen of admissions; timers and writing are the engine's.
import { type Bytes, compare } from '../base/bytes.ts'
import { type DeviceId, type EpochId, idBytes } from '../base/ids.ts'
import type { Crypto } from '../crypto/index.ts'
import type { MembershipGraph } from '../membership/index.ts'
import { GRANT_RANK } from './labels.ts'
import type { AdmittedUnder } from './reach.ts'
import type { EpochRing } from './ring.ts'
import { activeIn, among, follows } from './validity.ts'

/**
 * Active devices without the epoch in use, ascending: it does not wrap for them, no active device was seen to grant it, and they were
 * not welcomed with it or a later one. When there are more than `MANY_LACKING`, one rekey serves them better than grants.
 */
export function lacking(graph: MembershipGraph, ring: EpochRing, admittedUnder: AdmittedUnder): DeviceId[] {
  const now = ring.epoch(graph, ring.inUse(graph))
  if (now === null) return []
  const wrapped = activeIn(graph.stateAt(now.rekey.covers))
  const active = activeIn(graph.state())
  // Whoever is out says nothing about who was served.
  const granted = new Set(ring.grants(now.id).flatMap(({ to, device }) => (among(active, device) ? [to] : [])))
  const welcomed = new Map<EpochId, boolean>()
  const isWelcomed = (id: EpochId): boolean => {
    const epoch = ring.epoch(graph, id)
    const known = welcomed.get(id) ?? (epoch !== null && (epoch === now || follows(epoch, now)))
    welcomed.set(id, known)
    return known
  }
  return active.filter((device) => {
    if (among(wrapped, device) || granted.has(device)) return false
    const under = admittedUnder(device)
    return under === null || !isWelcomed(under)
  })
}

/** The place of each device among those who might give `grantee` the epoch: 0 for the first. By H(device || grantee). */
export function grantRank(
  crypto: Pick<Crypto, 'hash'>,
  grantee: DeviceId,
  devices: readonly DeviceId[],
): ReadonlyMap<DeviceId, number> {
  const drawn = devices.map((device): [DeviceId, Bytes] => [
    device,
    crypto.hash(GRANT_RANK, idBytes(device), idBytes(grantee)),
  ])
  drawn.sort(([, a], [, b]) => compare(a, b))
  return new Map(drawn.map(([device], rank) => [device, rank]))
}
