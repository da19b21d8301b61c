// Who holds what, by their own signed word: the heads that devices named in witnesses and in changes of their own, beside the heads
// that are here. Owns the counts that people see ("with 4 of 11"); believes nobody beyond her own device, and counts too few rather than
// too many (entries.md, "Witnesses").
import { next as A } from '@automerge/automerge/slim'
import { fromHex, toHex, type Bytes } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import type { Clock } from '../base/environment.ts'
import { type DeviceId, DocumentId, idBytes, type MemberId, type SpaceId } from '../base/ids.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import type { SpaceLog } from '../log/space-log.ts'
import type { MembershipState } from '../membership/index.ts'
import type { AnyDoc } from './arrivals.ts'
import type { WithPeople } from './api-sync.ts'
import type { SpaceContent } from './space-content.ts'

export const HEADS = 'heads'
const SAVE_AFTER_MS = 2_000

/** What of a space its holding is worked out from. */
export interface Held {
  readonly id: SpaceId
  readonly me: MemberId
  readonly state: MembershipState
  readonly log: SpaceLog
  readonly content: SpaceContent
  /** The open document's present value, or null. */
  peek(document: DocumentId): A.Doc<AnyDoc> | null
  /** A snapshot brought it: what it covers is in no entry here. */
  isCovered(document: DocumentId): boolean
}

/** Heads as of `order`: what arrived later is not in them. */
interface Kept {
  readonly order: number
  readonly heads: readonly string[]
}

/** What is known of one device and one document, until its word or the document grows. */
interface Known {
  readonly claims: number
  /** All that it named is here: whatever this document has beyond, it lacks until it says more. */
  readonly all: boolean
  readonly heads: string
  readonly covers: boolean
}

interface Counted {
  readonly key: string
  readonly state: MembershipState
  readonly have: ReadonlySet<MemberId>
}

export class Holding {
  readonly #kept = new Map<DocumentId, Kept>()
  readonly #known = new Map<string, Known>()
  readonly #counted = new Map<DocumentId, Counted>()
  #revision = 0
  #whole: { readonly key: string; readonly view: WithPeople } | null = null
  #cancelSave: (() => void) | null = null

  private constructor(
    private readonly space: Held,
    private readonly store: KeyValueStore,
    private readonly clock: Clock,
  ) {}

  static async open(space: Held, store: KeyValueStore, clock: Clock): Promise<Holding> {
    const holding = new Holding(space, store, clock)
    const stored = await store.get(HEADS, space.id)
    const value = stored === null ? null : decode(stored)
    if (value?.ok === true && Array.isArray(value.value))
      for (const row of value.value as unknown[]) {
        const kept = Array.isArray(row) ? keptOf(row as unknown[]) : null
        if (kept !== null) holding.#kept.set(kept[0], kept[1])
      }
    return holding
  }

  /** The document is open, or was changed: these are its heads now. */
  noted(document: DocumentId, heads: readonly string[]): void {
    const order = this.space.log.nextPlace
    const before = this.#kept.get(document)
    if (before !== undefined && before.heads.join() === heads.join() && before.order === order) return
    this.#kept.set(document, { order, heads })
    this.#cancelSave ??= this.clock.after(SAVE_AFTER_MS, () => {
      this.#cancelSave = null
      void this.save().catch(() => undefined)
    })
  }

  async save(): Promise<void> {
    const rows = [...this.#kept].map(([document, { order, heads }]) => [
      idBytes(document),
      order,
      heads.flatMap((head) => fromHex(head) ?? []),
    ])
    await this.store.write([{ bucket: HEADS, key: this.space.id, value: encode(rows) }])
  }

  async stop(): Promise<void> {
    if (this.#cancelSave === null) return
    this.#cancelSave()
    this.#cancelSave = null
    await this.save()
  }

  /** Everything accepted of it, open or not; null where the document was never open here. */
  heads(document: DocumentId): readonly string[] | null {
    const doc = this.space.peek(document)
    if (doc !== null) {
      const heads = A.getHeads(doc)
      this.noted(document, heads)
      return heads
    }
    const kept = this.#kept.get(document)
    if (kept === undefined) return null
    const since = this.space.log
      .contentOf(document)
      .flatMap(({ state, order, hash }) => (state === 'accepted' && order >= kept.order && hash !== null ? [hash] : []))
    return since.length === 0 ? kept.heads : [...new Set([...kept.heads, ...since])].sort()
  }

  /** Whether this device has signed for all of it. */
  isSignedFor(document: DocumentId, device: DeviceId, heads: readonly string[]): boolean {
    return this.#covers(document, device, heads, heads.join())
  }

  /** Of one document. */
  of(document: DocumentId): WithPeople {
    return { have: this.#have(document).size, of: this.#others() }
  }

  /** Of all of these at once. */
  ofAll(documents: readonly DocumentId[]): WithPeople {
    const sets = documents.map((document) => this.#have(document))
    const of = this.#others()
    const key = `${this.#revision} ${of} ${documents.join()}`
    if (this.#whole?.key === key) return this.#whole.view
    const [first, ...others] = sets.sort((a, b) => a.size - b.size)
    const have = [...(first ?? [])].filter((member) => others.every((set) => set.has(member))).length
    this.#whole = { key, view: { have, of } }
    return this.#whole.view
  }

  /** Documents for which somebody who is in has signed heads that are not here. */
  lacking(): ReadonlySet<DocumentId> {
    const { content, log, state } = this.space
    const out = new Set<DocumentId>()
    for (const document of content.claimed()) {
      const doc = this.space.peek(document)
      if (doc === null && this.space.isCovered(document)) continue
      const hashes = new Set(log.contentOf(document).map(({ hash }) => hash as string | null))
      const kept = new Set(this.#kept.get(document)?.heads)
      const here = (head: string) => hashes.has(head) || kept.has(head) || (doc !== null && A.hasHeads(doc, [head]))
      for (const [device, heads] of content.claims(document).byDevice)
        if (state.devices.get(device)?.status === 'active' && [...heads].some((head) => !here(head))) out.add(document)
    }
    return out
  }

  #others(): number {
    let count = 0
    for (const { id, status } of this.space.state.members.values())
      if (status === 'active' && id !== this.space.me) count++
    return count
  }

  #have(document: DocumentId): ReadonlySet<MemberId> {
    const { content, state, me } = this.space
    const heads = this.heads(document)
    const key = `${content.claims(document).revision} ${heads?.join() ?? '?'}`
    const before = this.#counted.get(document)
    if (before?.key === key && before.state === state) return before.have
    const have = new Set<MemberId>()
    const joined = heads?.join() ?? ''
    // Where nothing was ever written there is nothing to hold.
    if (heads !== null && heads.length > 0)
      for (const device of content.claims(document).byDevice.keys()) {
        const known = state.devices.get(device)
        if (known?.status !== 'active' || known.member === me || have.has(known.member)) continue
        if (this.#covers(document, device, heads, joined)) have.add(known.member)
      }
    this.#counted.set(document, { key, state, have })
    this.#revision++
    return have
  }

  /** An open document is asked for ancestors; of one that is not, each head must have been named. */
  #covers(document: DocumentId, device: DeviceId, heads: readonly string[], joined: string): boolean {
    const claims = this.space.content.claims(document).byDevice.get(device)
    if (claims === undefined) return false
    const doc = this.space.peek(document)
    const name = `${document} ${device}`
    const before = this.#known.get(name)
    if (before?.claims === claims.size && before.all) {
      if (before.heads === joined) return before.covers
      this.#known.set(name, { ...before, heads: joined, covers: false })
      return false
    }
    const named = heads.every((head) => claims.has(head))
    if (doc === null) return named
    const known = [...claims].filter((head) => A.hasHeads(doc, [head]))
    const covers = named || A.getChangesMetaSince(doc, known).length === 0
    this.#known.set(name, { claims: claims.size, all: known.length === claims.size, heads: joined, covers })
    return covers
  }
}

function keptOf(row: readonly unknown[]): [DocumentId, Kept] | null {
  const [id, order, heads] = row
  const document = id instanceof Uint8Array ? DocumentId.of(id) : null
  if (document === null || typeof order !== 'number' || !Array.isArray(heads)) return null
  const sound = heads.filter((head): head is Bytes => head instanceof Uint8Array && head.length === 32)
  return [document, { order, heads: sound.map(toHex) }]
}
