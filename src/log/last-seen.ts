// When each device last wrote something that arrived here, by its own clock: for people, who look for the phone that is gone
// quiet or the one that is not hers. Decides nothing, and costs one comparison an entry.
import type { Millis } from '../base/environment.ts'
import type { DeviceId } from '../base/ids.ts'

export class LastSeen {
  readonly #at = new Map<DeviceId, Millis>()

  /** Nulls (of entries that do not open) say nothing. */
  heard(device: DeviceId | null, time: Millis | null): void {
    if (device !== null && time !== null && time > (this.#at.get(device) ?? -1)) this.#at.set(device, time)
  }

  at(device: DeviceId): Millis | null {
    return this.#at.get(device) ?? null
  }
}
