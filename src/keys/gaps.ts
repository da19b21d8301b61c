// Gaps: epochs before the one in use that it does not hand on (rule KE-18). Only who holds both can tell, and mends it; who lacks the one
// before sees nothing but entries that do not open. Pure functions of graph, ring and what was seen; who acts, and when, is the engine's.
import type { MembershipGraph } from '../membership/index.ts'
import type { IsWritten } from './due.ts'
import { MAX_OLD_SECRETS } from './limits.ts'
import type { EpochRing } from './ring.ts'
import { ancestors, type Epoch } from './validity.ts'

/**
 * The epochs that `epoch` follows, held here as it is, whose secrets are not among its older ones, or of which that is not known because
 * the part with them was not published. None where there are more valid epochs than one rekey can list.
 */
export function gapsBefore(graph: MembershipGraph, ring: EpochRing, epoch: Epoch): Epoch[] {
  if (ring.secret(epoch.id) === undefined || ring.epochs(graph).length > MAX_OLD_SECRETS) return []
  const listed = ring.listed(epoch)
  return [...ancestors([epoch])].filter(({ id }) => ring.secret(id) !== undefined && !listed.has(id))
}

/** KE-18: of those before the epoch in use the ones under which an entry was seen: it may be shut to somebody who is in. */
export function gaps(graph: MembershipGraph, ring: EpochRing, isWritten: IsWritten): Epoch[] {
  const now = ring.standing(graph)
  const inUse = now.type === 'current' ? ring.epoch(graph, now.epoch) : null
  return inUse === null ? [] : gapsBefore(graph, ring, inUse).filter(({ id }) => isWritten(id))
}
