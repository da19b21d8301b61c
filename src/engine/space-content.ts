// Which content of a space counts: judged by who wrote it as membership stands now, and by what active devices stand for
// (entries.md, witness). Owns the verdicts and the vouched heads; applies nothing and writes no entry.
import { type Bytes, fromHex, toHex } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { type DeviceId, DocumentId, type EntryId } from '../base/ids.ts'
import type { OpenedEntry } from '../log/entry.ts'
import type { Settlement, SpaceLog } from '../log/space-log.ts'
import { type MembershipState, mayWrite } from '../membership/index.ts'

export class SpaceContent {
  #vouched = new Map<DocumentId, Set<string>>()
  #updated: ReadonlyMap<DocumentId, number> | null = null

  constructor(private readonly log: SpaceLog) {}

  /** Heads that active writers have signed for this document. */
  vouched(document: DocumentId): ReadonlySet<string> {
    return this.#vouched.get(document) ?? new Set()
  }

  /** Takes in a witness. */
  believe(entry: OpenedEntry, state: MembershipState): void {
    // A reader's word would let in what she may not write.
    if (!mayWrite(state, entry.header.device)) return
    const payload = decode(entry.payload)
    const documents = payload.ok ? (payload.value as { documents?: unknown } | null)?.documents : null
    if (typeof documents !== 'object' || documents === null) return
    for (const [hex, heads] of Object.entries(documents as Record<string, unknown>)) {
      const document = DocumentId.parse(hex)
      if (document === null || !Array.isArray(heads)) continue
      const known = this.#vouched.get(document) ?? new Set()
      for (const head of heads) if (head instanceof Uint8Array && head.length === 32) known.add(toHex(head))
      this.#vouched.set(document, known)
    }
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

/** The payload of a witness: the heads of each document. */
export function witnessPayload(documents: ReadonlyMap<DocumentId, readonly string[]>): Bytes {
  const heads = [...documents].map(([document, hashes]) => [document, hashes.flatMap((hash) => fromHex(hash) ?? [])])
  return encode({ documents: Object.fromEntries(heads) as Record<string, Bytes[]> })
}
