// Who is here now and where, by whispers: sealed, signed, never stored. Says nothing while no document is open here, so
// an idle space is silent.
import { decode, encode } from '../base/codec.ts'
import type { Bytes } from '../base/bytes.ts'
import type { Millis } from '../base/environment.ts'
import { type DeviceId, DocumentId } from '../base/ids.ts'
import type { Place } from './api.ts'
import type { Company } from './ticks.ts'

const REPEAT_MS = 30_000
const GONE_AFTER_MS = 75_000

export interface PresenceHost {
  now(): Millis
  after(delay: Millis, run: () => void): () => void
  /** Seals and sends to whoever is connected. */
  whisper(payload: Bytes): Promise<void>
  changed(): void
}

interface Seen {
  readonly place: Place
  readonly at: Millis
}

export class Presence {
  #seen = new Map<DeviceId, Seen>()
  #place: Place | null = null
  #cancel: (() => void) | null = null
  #stopped = false

  constructor(private readonly host: PresenceHost) {}

  /** Where I am; null when I leave. */
  async at(place: Place | null): Promise<void> {
    const was = this.#place
    this.#place = place
    if (place === null && was === null) return
    await this.#say()
    this.#plan()
  }

  /** A whisper's payload by an active device. */
  async heard(device: DeviceId, payload: Bytes): Promise<void> {
    const place = parsePlace(payload)
    if (place === undefined) return
    const known = this.#seen.has(device)
    if (place === null) this.#seen.delete(device)
    else this.#seen.set(device, { place, at: this.host.now() })
    this.#plan()
    this.host.changed()
    // Somebody new sees me at once instead of at my next turn.
    if (!known && place !== null && this.#place !== null) await this.#say()
  }

  /** A document is open here, and said so. */
  get here(): boolean {
    return this.#place !== null
  }

  /** Who would see what is typed into this document here, and how near. */
  company(document: DocumentId): Company {
    const mine = this.#place
    if (mine?.document !== document || mine.field === null) return 'still'
    const there = [...this.others().values()].filter((other) => other.document === document)
    if (there.length === 0) return 'alone'
    return there.some(({ field }) => field === mine.field) ? 'together' : 'elsewhere'
  }

  others(): ReadonlyMap<DeviceId, Place> {
    const fresh = [...this.#seen].filter(([, seen]) => this.host.now() - seen.at < GONE_AFTER_MS)
    return new Map(fresh.map(([device, seen]) => [device, seen.place]))
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#place = null
    this.#stopped = true
  }

  async #say(): Promise<void> {
    const place = this.#place
    await this.host.whisper(encode(place === null ? { here: false } : { here: true, ...place }))
  }

  #plan(): void {
    this.#cancel?.()
    this.#cancel = null
    if (this.#stopped || (this.#place === null && this.#seen.size === 0)) return
    this.#cancel = this.host.after(REPEAT_MS, () => {
      const before = this.#seen.size
      for (const [device, seen] of this.#seen) if (this.host.now() - seen.at >= GONE_AFTER_MS) this.#seen.delete(device)
      if (this.#seen.size !== before) this.host.changed()
      if (this.#place !== null) void this.#say().catch(() => undefined)
      this.#plan()
    })
  }
}

/** undefined: not understood. null: she left. */
function parsePlace(payload: Bytes): Place | null | undefined {
  const decoded = decode(payload)
  if (!decoded.ok || typeof decoded.value !== 'object' || decoded.value === null) return undefined
  const { here, document, field } = decoded.value as Record<string, unknown>
  if (here === false) return null
  if (here !== true) return undefined
  return {
    document: typeof document === 'string' ? DocumentId.parse(document) : null,
    field: typeof field === 'string' && field.length <= 200 ? field : null,
  }
}
