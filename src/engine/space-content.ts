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

export class SpaceContent {
  /** All that was ever signed for, by entry. Whose word counts is asked anew with each change of membership. */
  readonly #claims = new Map<EntryId, readonly Claim[]>()
  #vouched: ReadonlyMap<DocumentId, ReadonlySet<string>> | null = null
  #vouchedIn: MembershipState | null = null
  #updated: ReadonlyMap<DocumentId, number> | null = null

  constructor(private readonly log: SpaceLog) {}

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
  }

  /** What is to be settled now, and the documents that have something waiting. The same for everybody (EN-11). */
  judge(state: MembershipState): { settlements: Settlement[]; touched: ReadonlySet<DocumentId> } {
    const settlements: Settlement[] = []
    const touched = new Set<DocumentId>()
    for (const { id, kind, device, document, reason } of this.log.inState('waiting')) {
      if (kind !== 'changes' || device === null) continue
      const verdict = this.#verdict(state, device, id)
      if (document !== null) touched.add(document)
      if (verdict !== null && verdict === reason) continue
      settlements.push({ id, state: verdict === null ? 'accepted' : 'waiting', reason: verdict })
    }
    this.changed()
    return { settlements, touched }
  }

  changed(): void {
    this.#updated = null
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
  #verdict(state: MembershipState, device: DeviceId, id: EntryId): string | null {
    const known = state.devices.get(device)
    if (known === undefined) return 'unknown-device'
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
