// Verified operations whose parents are not here yet (rule ME-20). Bounded per device, so that nobody fills another's
// memory; what does not fit is simply not kept and comes again with the next reconciliation.
import type { DeviceId, OperationId } from '../base/ids.ts'
import { sortedIds } from './decode.ts'
import { MAX_WAITING_PER_DEVICE } from './limits.ts'
import type { VerifiedOperation } from './types.ts'

export class Waiting {
  private readonly held = new Map<OperationId, VerifiedOperation>()
  private readonly byMissing = new Map<OperationId, Set<OperationId>>()
  private readonly perDevice = new Map<DeviceId, number>()

  has(id: OperationId): boolean {
    return this.held.has(id)
  }

  missing(): OperationId[] {
    return sortedIds(this.byMissing.keys())
  }

  add(op: VerifiedOperation, missing: readonly OperationId[]): void {
    const count = this.perDevice.get(op.device) ?? 0
    if (!this.held.has(op.id)) {
      if (count >= MAX_WAITING_PER_DEVICE) return
      this.held.set(op.id, op)
      this.perDevice.set(op.device, count + 1)
    }
    for (const id of missing) {
      const set = this.byMissing.get(id)
      if (set === undefined) this.byMissing.set(id, new Set([op.id]))
      else set.add(op.id)
    }
  }

  /** Takes out what named `id`; whoever still misses another comes back by `add`. */
  release(id: OperationId): VerifiedOperation[] {
    const out: VerifiedOperation[] = []
    for (const name of this.byMissing.get(id) ?? []) {
      const op = this.held.get(name)
      if (op === undefined) continue
      this.held.delete(name)
      this.perDevice.set(op.device, (this.perDevice.get(op.device) ?? 1) - 1)
      out.push(op)
    }
    this.byMissing.delete(id)
    return out
  }
}
