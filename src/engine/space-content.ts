// Which content of a space counts: judged by who wrote it as membership stands now, and by what active devices stand for
// (entries.md, witness). Owns the verdicts and the vouched heads; applies nothing and writes no entry.
import { type Bytes, fromHex, toHex } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { type DeviceId, DocumentId, type EntryId } from '../base/ids.ts'
import { encodeGeneration, type Generation } from './generations.ts'
import type { OpenedEntry } from '../log/entry.ts'
import type { Settlement, SpaceLog } from '../log/space-log.ts'
import { type MembershipState, mayWrite } from '../membership/index.ts'

interface Claim {
  readonly device: DeviceId
  readonly document: DocumentId
  readonly heads: readonly string[]
}

const NONE: ReadonlySet<string> = new Set()

/** What each device has signed for in one document, whoever it is by now; `revision` changes with it. */
export interface Claims {
  readonly revision: number
  readonly byDevice: ReadonlyMap<DeviceId, ReadonlySet<string>>
}

export class SpaceContent {
  /** All that was ever signed for, by entry. Whose word counts is asked anew with each change of membership. */
  readonly #claims = new Map<EntryId, readonly Claim[]>()
  #vouched: ReadonlyMap<DocumentId, ReadonlySet<string>> | null = null
  #vouchedIn: MembershipState | null = null
  #updated: ReadonlyMap<DocumentId, number> | null = null

  /** Heads by document and device, of witnesses. */
  readonly #witnessed = new Map<DocumentId, Map<DeviceId, Set<string>>>()
  readonly #byDocument = new Map<DocumentId, Claims>()
  #revision = 0

  constructor(private readonly log: SpaceLog) {}

  /** Documents that anybody has signed for. */
  claimed(): readonly DocumentId[] {
    return [...this.#witnessed.keys()]
  }

  /** Heads named in witnesses, and the last accepted change of each of a device's own actors. */
  claims(document: DocumentId): Claims {
    const known = this.#byDocument.get(document)
    if (known !== undefined) return known
    const byDevice = new Map<DeviceId, Set<string>>()
    for (const [device, heads] of this.#witnessed.get(document) ?? []) byDevice.set(device, new Set(heads))
    const last = new Map<string, { device: DeviceId; hash: string }>()
    for (const { device, actor, hash, state } of this.log.contentOf(document))
      if (state === 'accepted' && device !== null && actor !== null && hash !== null) last.set(actor, { device, hash })
    for (const { device, hash } of last.values())
      byDevice.set(device, (byDevice.get(device) ?? new Set<string>()).add(hash))
    const claims = { revision: ++this.#revision, byDevice }
    this.#byDocument.set(document, claims)
    return claims
  }

  /** Heads of this document that devices which may write in `state` have signed: a function of the set of entries. */
  vouched(document: DocumentId, state: MembershipState): ReadonlySet<string> {
    if (this.#vouched === null || this.#vouchedIn !== state) {
      const all = new Map<DocumentId, Set<string>>()
      // A reader's word would let in what she may not write.
      for (const claim of [...this.#claims.values()].flat())
        if (mayWrite(state, claim.device)) {
          const heads = all.get(claim.document) ?? new Set()
          for (const head of claim.heads) heads.add(head)
          all.set(claim.document, heads)
        }
      this.#vouched = all
      this.#vouchedIn = state
    }
    return this.#vouched.get(document) ?? NONE
  }

  /** Takes in a witness, whoever signed it. */
  witnessed(entry: OpenedEntry): void {
    const payload = decode(entry.payload)
    const documents = payload.ok ? (payload.value as { documents?: unknown } | null)?.documents : null
    if (typeof documents !== 'object' || documents === null) return
    const claims = Object.entries(documents as Record<string, unknown>).flatMap(([hex, heads]): Claim[] => {
      const document = DocumentId.parse(hex)
      if (document === null || !Array.isArray(heads)) return []
      const sound = heads.filter((head): head is Bytes => head instanceof Uint8Array && head.length === 32)
      return [{ device: entry.header.device, document, heads: sound.map(toHex) }]
    })
    this.#claims.set(entry.id, claims)
    this.#vouched = null
    for (const { device, document, heads: named } of claims) {
      const devices = this.#witnessed.get(document) ?? new Map<DeviceId, Set<string>>()
      this.#witnessed.set(document, devices)
      const all = devices.get(device) ?? new Set<string>()
      devices.set(device, all)
      for (const head of named) all.add(head)
      this.#byDocument.delete(document)
    }
  }

  /**
   * What is to be settled now, and the documents that have something waiting. The same for everybody (EN-11). `introduced`: some operation
   * lets that device in, though without effect: for a while others may have taken her in, and stand for what she wrote.
   */
  judge(
    state: MembershipState,
    introduced: (device: DeviceId) => boolean,
  ): { settlements: Settlement[]; touched: ReadonlySet<DocumentId> } {
    const settlements: Settlement[] = []
    const touched = new Set<DocumentId>()
    for (const { id, kind, device, document, reason } of this.log.inState('waiting')) {
      if (kind !== 'changes' || device === null) continue
      const verdict = this.#verdict(state, introduced, device, id)
      if (document !== null) touched.add(document)
      if (verdict !== null && verdict === reason) continue
      if (document !== null) this.#byDocument.delete(document)
      settlements.push({ id, state: verdict === null ? 'accepted' : 'waiting', reason: verdict })
    }
    this.changed()
    return { settlements, touched }
  }

  /** `document`: this device wrote in it. */
  changed(document?: DocumentId): void {
    this.#updated = null
    if (document !== undefined) this.#byDocument.delete(document)
  }

  /** When each document here was last written, by what its authors say. */
  updatedAt(): ReadonlyMap<DocumentId, number> {
    if (this.#updated !== null) return this.#updated
    const out = new Map<DocumentId, number>()
    for (const meta of this.log.metas())
      if (meta.document !== null && meta.kind === 'changes' && meta.state === 'accepted')
        out.set(meta.document, Math.max(out.get(meta.document) ?? 0, meta.time ?? 0))
    this.#updated = out
    return out
  }

  /** Documents with content by these devices. */
  documentsOf(devices: ReadonlySet<DeviceId>): DocumentId[] {
    const out = new Set<DocumentId>()
    for (const meta of this.log.metas())
      if (meta.device !== null && devices.has(meta.device) && meta.document !== null) out.add(meta.document)
    return [...out]
  }

  /** null: counts. Otherwise why it waits. */
  #verdict(
    state: MembershipState,
    introduced: (device: DeviceId) => boolean,
    device: DeviceId,
    id: EntryId,
  ): string | null {
    const known = state.devices.get(device)
    if (known === undefined) return introduced(device) ? 'unvouched' : 'unknown-device'
    // Also of who may only read: what she wrote while she might is in others' documents, who stand for it.
    if (known.status !== 'active' || !mayWrite(state, device)) return 'unvouched'
    return this.log.chainReady(id) === 'ready' ? null : 'gap'
  }
}

/** The payload of a witness: the heads of each document, and a statement about the channel's next generation. */
export function witnessPayload(
  documents: ReadonlyMap<DocumentId, readonly string[]>,
  generation: Generation | null = null,
): Bytes {
  const heads = [...documents].map(([document, hashes]) => [document, hashes.flatMap((hash) => fromHex(hash) ?? [])])
  const said = { documents: Object.fromEntries(heads) as Record<string, Bytes[]> }
  return encode(generation === null ? said : { ...said, generation: encodeGeneration(generation) })
}
