// When a new epoch is due, and making it (rules KE-6, KE-7, KE-12). Decides by what the ring and the graph say; who makes it, and
// after how long, is the engine's.
import type { Crypto, SignKeys } from '../crypto/index.ts'
import type { Bytes } from '../base/bytes.ts'
import type { DeviceId, EpochId } from '../base/ids.ts'
import { activeDevices, type MembershipGraph } from '../membership/index.ts'
import { MAX_COVERS, MAX_PARENTS } from './limits.ts'
import { type NewRekey, sealRekey } from './make.ts'
import type { EpochRing } from './ring.ts'
import { ancestors, byUse, differs, type Epoch, isByActive } from './validity.ts'

/** Whether the epoch in use covers the box key now in use of every active device. */
function coversBoxKeys(graph: MembershipGraph, ring: EpochRing, epoch: EpochId): boolean {
  const covers = ring.covers(epoch) ?? []
  const state = graph.state()
  return [...state.rotations].every(
    ([id, rotation]) => state.devices.get(id)?.status !== 'active' || graph.covers(covers, rotation),
  )
}

/**
 * Whether of the last epochs held here one leaves out another, or one before it, though its author had seen what that one covers: she
 * could not open it, or she would have named it. Others may not have opened it either, and cannot read what was written under it.
 */
function leavesBehind(graph: MembershipGraph, ring: EpochRing): boolean {
  const tips = ring.tips().flatMap((tip) => ring.epoch(graph, tip.epoch) ?? [])
  if (tips.length < 2) return false
  const all = [...ancestors(tips), ...tips]
  return tips.some((tip) => {
    const past = ancestors([tip])
    return all.some(
      (epoch) =>
        epoch.coverage < tip.coverage &&
        !past.has(epoch) &&
        epoch.rekey.covers.every((id) => graph.covers(tip.rekey.covers, id)),
    )
  })
}

/**
 * Whether the last epochs held here are of several branches, and who is active now was out where one of them was made (suspended there,
 * and in again since): what was written under that one is shut to her, be it the word that lets her in.
 */
function leavesOut(graph: MembershipGraph, ring: EpochRing): boolean {
  const tips = ring.tips()
  if (tips.length < 2) return false
  const active = activeDevices(graph.state())
  return tips.some(({ epoch }) => {
    const then = graph.stateAt(ring.covers(epoch) ?? []).devices
    return active.some((device) => then.has(device) && then.get(device)?.status !== 'active')
  })
}

/**
 * Whether something was seen under a last epoch held here that is not the one in use, or under one that only such hands on: somebody active
 * may not hold it, and cannot read that. Only where a rekey that joins them is one.
 */
function hasBranchInUse(graph: MembershipGraph, ring: EpochRing, inUse: EpochId, isWritten: IsWritten): boolean {
  const tips = ring.tips().flatMap(({ epoch }) => ring.epoch(graph, epoch) ?? [])
  const now = ring.epoch(graph, inUse)
  if (now === null) return false
  const handedOn = new Set([inUse, ...ring.listed(now), ...[...ancestors([now])].map(({ id }) => id)])
  const isWrittenBeside = (epoch: EpochId) => !handedOn.has(epoch) && isWritten(epoch)
  if (!tips.some((tip) => [tip.id, ...ring.listed(tip)].some(isWrittenBeside))) return false
  const [only, second] = tips
  return only !== undefined && (second !== undefined || differs(graph.state(), graph.stateAt(only.rekey.covers)))
}

/** Whether entries under that epoch were seen. */
export type IsWritten = (epoch: EpochId) => boolean

/**
 * Whether a rekey is due: no valid epoch has seen every removal, suspension and change of box key in force; or one of the last leaves
 * one behind or somebody out, or is written under beside the one in use. Not while this device is behind: what it would make could be
 * for people who are out.
 */
export function needsRekey(graph: MembershipGraph, ring: EpochRing, isWritten: IsWritten = () => false): boolean {
  if (graph.state().devices.size === 0) return false
  const now = ring.standing(graph)
  if (now.type === 'behind') return false
  return (
    now.type === 'rekey-needed' ||
    !coversBoxKeys(graph, ring, now.epoch) ||
    leavesBehind(graph, ring) ||
    leavesOut(graph, ring) ||
    (now.type === 'current' && hasBranchInUse(graph, ring, now.epoch, isWritten))
  )
}

/**
 * A new epoch for the active devices of now, to be added to the ring (`add` with `verified`, `addSecrets`). Write `merge` first
 * when the graph needs one: of more than 16 heads only those with the longest pasts are covered.
 */
export function rekey(
  crypto: Crypto,
  input: {
    readonly graph: MembershipGraph
    readonly ring: EpochRing
    readonly keys: { readonly sign: SignKeys }
    readonly time: number
    readonly pause?: (() => Promise<void>) | undefined
  },
): Promise<NewRekey> {
  const { graph, ring, keys, time, pause } = input
  ring.standing(graph)
  const heads = graph.heads()
  const longest = heads.map((id) => ({ id, size: graph.coverage([id]) })).sort((a, b) => b.size - a.size)
  const covers = heads.length > MAX_COVERS ? longest.slice(0, MAX_COVERS).map(({ id }) => id) : heads
  return sealRekey(crypto, {
    space: graph.space,
    state: graph.stateAt(covers),
    covers,
    parents: parentsFor(graph, ring),
    secrets: inFairOrder(graph, ring),
    keys: keys.sign,
    spaceSeed: ring.spaceSeed,
    time,
    pause,
  })
}

/** Of more than fit, those by authors who are still active go first, then the later ones: nobody's inventions crowd out the rest. */
function parentsFor(graph: MembershipGraph, ring: EpochRing): EpochId[] {
  const tips = ring.tips().flatMap((tip) => ring.epoch(graph, tip.epoch) ?? [])
  const rank = (epoch: Epoch) => (isByActive(graph.state(), epoch) ? 0 : 1)
  return [...tips]
    .sort((a, b) => rank(a) - rank(b) || byUse(a, b))
    .slice(0, MAX_PARENTS)
    .map(({ id }) => id)
}

/**
 * Every secret that stands (KE-17). One that came by a grant alone, or by a rekey that cannot be judged here, may be of an epoch made when
 * somebody was taken out who is in as far as this device knows: she would learn it (KE-4). Of more than fit those whose epochs no valid rekey names go last; of the others each device's first epoch goes before
 * anybody's second: whoever makes very many pushes out her own.
 */
function inFairOrder(graph: MembershipGraph, ring: EpochRing): Bytes[] {
  const made = new Map<DeviceId, number>()
  const turns = new Map<EpochId, number>()
  for (const { id, rekey } of [...ring.epochs(graph)].sort((a, b) => a.ordinal - b.ordinal || byUse(a, b))) {
    const turn = made.get(rekey.device) ?? 0
    made.set(rekey.device, turn + 1)
    turns.set(id, turn)
  }
  const readable = ring.readable(graph)
  const turnOf = (epoch: EpochId) => turns.get(epoch) ?? (readable.has(epoch) ? turns.size : Infinity)
  return [...ring.secrets()]
    .filter(([epoch]) => readable.has(epoch))
    .sort(([a], [b]) => Math.sign(turnOf(a) - turnOf(b)) || (a < b ? -1 : 1))
    .map(([, secret]) => secret)
}
