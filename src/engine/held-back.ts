// What this device holds back of a space: entries that are valid for everybody and that it could not open (ingest.md, IN-16).
// Kept on this device only, never signed, never told to others; each is tried again later, ever more rarely, and after a few tries not
// again before another version of the app, or the doctor, asks for it.
import { decode, encode } from '../base/codec.ts'
import type { Millis } from '../base/environment.ts'
import { DocumentId, EntryId } from '../base/ids.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import type { TrialFault } from '../ingest/scratch.ts'
import { APP_VERSION } from './version.ts'

export interface HeldEntry {
  readonly id: EntryId
  readonly document: DocumentId
  readonly fault: string
  /** How often it was tried. */
  readonly tries: number
  /** When it was tried last. */
  readonly at: Millis
  /** The version of the app that tried it. */
  readonly version: string
}

const MINUTE: Millis = 60_000
const LONGEST: Millis = 7 * 86_400_000

/** When a held entry is tried again: after a minute, ten, and so on; at most a week. */
export const dueAt = ({ tries, at }: HeldEntry): Millis => at + Math.min(LONGEST, MINUTE * 10 ** (tries - 1))

/** After so many tries this version leaves it: a device that cannot take it in must not spend itself on it for ever. */
const MOST_TRIES = 5

/** It is not tried again by itself. */
export const isGivenUp = ({ tries }: Pick<HeldEntry, 'tries'>): boolean => tries >= MOST_TRIES

/** So often it is tried again with all else when its document is opened; later on its own, and nobody waits for it. */
const WITH_OTHERS = 2

export class HeldBack {
  readonly #entries = new Map<EntryId, HeldEntry>()

  private constructor(
    private readonly store: KeyValueStore,
    private readonly bucket: string,
    private readonly version: string,
  ) {}

  static async open(store: KeyValueStore, space: string, version = APP_VERSION): Promise<HeldBack> {
    const held = new HeldBack(store, `held:${space}`, version)
    for (const { key, value } of await store.list(held.bucket)) {
      const entry = readHeld(key, decode(value))
      if (entry !== null) held.#entries.set(entry.id, entry)
    }
    // What another version gave up this one may take in.
    held.#revive((entry) => entry.version !== version)
    return held
  }

  /** What was given up is to be tried once more: somebody asks for it. */
  again(): readonly HeldEntry[] {
    return this.#revive(() => true)
  }

  #revive(which: (entry: HeldEntry) => boolean): readonly HeldEntry[] {
    const revived = [...this.#entries.values()].flatMap((entry) =>
      isGivenUp(entry) && which(entry) ? { ...entry, tries: MOST_TRIES - 1, at: 0 } : [],
    )
    for (const entry of revived) this.#entries.set(entry.id, entry)
    return revived
  }

  has(id: EntryId): boolean {
    return this.#entries.has(id)
  }

  /** How often it was tried, if it is held back. */
  tries(id: EntryId): number {
    return this.#entries.get(id)?.tries ?? 0
  }

  /** Whether it is left out when its document is opened at `now`. */
  rests(id: EntryId, now: Millis): boolean {
    const entry = this.#entries.get(id)
    return entry !== undefined && (entry.tries > WITH_OTHERS || dueAt(entry) > now)
  }

  of(document: DocumentId): readonly HeldEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.document === document)
  }

  /** Notes that it was tried at `now` and held back; without `tried`, that it was left out untried. */
  async hold(id: EntryId, document: DocumentId, fault: TrialFault, now: Millis, tried = true): Promise<void> {
    const before = this.#entries.get(id)?.tries ?? 0
    const tries = tried ? before + 1 : Math.max(1, before)
    const { version } = this
    this.#entries.set(id, { id, document, fault, tries, at: now, version })
    const value = encode({ document, fault, tries, at: now, version })
    await this.store.write([{ bucket: this.bucket, key: id, value }])
  }

  async release(id: EntryId): Promise<void> {
    if (!this.#entries.delete(id)) return
    await this.store.write([{ bucket: this.bucket, key: id, value: null }])
  }
}

function readHeld(key: string, decoded: ReturnType<typeof decode>): HeldEntry | null {
  const id = EntryId.parse(key)
  if (id === null || !decoded.ok) return null
  const { document, fault, tries, at, version } = decoded.value as Readonly<Record<string, unknown>>
  const of = typeof document === 'string' ? DocumentId.parse(document) : null
  if (of === null || typeof fault !== 'string' || typeof tries !== 'number' || typeof at !== 'number') return null
  return { id, document: of, fault, tries, at, version: typeof version === 'string' ? version : '' }
}
