// Under which epochs each device was seen: those its entries came under, and that under which its admission came. Owns the memory
// of it, rebuilt from the log at each start; from it follows where a device can still be reached (keys.md, KE-13; channels.md).
import type { DeviceId, EpochId } from '../base/ids.ts'
import type { AdmittedUnder } from '../keys/index.ts'

export class Traces {
  readonly #wrote = new Map<DeviceId, Set<EpochId>>()
  readonly #brought = new Map<DeviceId, Set<EpochId>>()
  readonly #written = new Set<EpochId>()

  /** `ordinal`: the place of an epoch in their succession, infinite while it is not known to be valid. */
  constructor(private readonly ordinal: (epoch: EpochId) => number) {}

  /** An entry by this device came under that epoch. Nulls (of entries that do not open) say nothing. */
  wrote(device: DeviceId | null, epoch: EpochId | null): void {
    if (device === null || epoch === null) return
    put(this.#wrote, device, epoch)
    this.#written.add(epoch)
  }

  /** Whether entries under that epoch were seen, by whomever. */
  readonly isWritten = (epoch: EpochId): boolean => this.#written.has(epoch)

  /** The operation that brings this device in came under that epoch. */
  brought(device: DeviceId, epoch: EpochId): void {
    put(this.#brought, device, epoch)
  }

  /** The last epoch it is known to hold: that of its newest entry, or the one it was welcomed with. */
  readonly admittedUnder: AdmittedUnder = (device) => this.newest(device, 1)[0] ?? this.#welcome(device)

  /** The newest valid epochs of this device, at most `most`: the first is the one it was last seen under. */
  newest(device: DeviceId, most: number): readonly EpochId[] {
    const admitted = this.#welcome(device)
    const epochs = new Set([...(this.#wrote.get(device) ?? []), ...(admitted === null ? [] : [admitted])])
    const placed = [...epochs]
      .map((epoch) => ({ epoch, at: this.ordinal(epoch) }))
      .filter(({ at }) => Number.isFinite(at))
    return placed
      .sort((a, b) => b.at - a.at)
      .slice(0, most)
      .map(({ epoch }) => epoch)
  }

  /** Where the operation that brought it in came under several epochs, the first of them. */
  #welcome(device: DeviceId): EpochId | null {
    const epochs = [...(this.#brought.get(device) ?? [])]
    return epochs.sort((a, b) => this.ordinal(a) - this.ordinal(b) || (a < b ? -1 : 1))[0] ?? null
  }
}

function put(map: Map<DeviceId, Set<EpochId>>, device: DeviceId, epoch: EpochId): void {
  const known = map.get(device)
  if (known === undefined) map.set(device, new Set([epoch]))
  else known.add(epoch)
}
