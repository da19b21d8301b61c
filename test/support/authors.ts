// Devices that write one document, as entries of their chains, with real changes under actors derived as EN-7 says: what snapshots
// are made of. No part of the app.
import { next as A } from '@automerge/automerge/slim'
import { fromHex } from '../../src/base/bytes.ts'
import { ChangeHash, DeviceId, type HeaderId } from '../../src/base/ids.ts'
import { unwrap } from '../../src/base/result.ts'
import type { SignKeys } from '../../src/crypto/index.ts'
import { deriveActor, type OpenedEntry, packChanges, sealEntry } from '../../src/log/entry.ts'
import type { SnapshotContent, SignedHeader } from '../../src/log/snapshot.ts'
import { bytesOf, graphHead, type TestSpace } from './log.ts'

export type Doc = Record<string, unknown>
export type Sealed = Awaited<ReturnType<Author['write']>>

/** One device with its copy of the document; `session` begins a new actor. */
export class Author {
  doc = A.init<Doc>()
  readonly entries: { readonly outer: Uint8Array; readonly entry: OpenedEntry }[] = []
  private nonce = bytesOf('nonce', 16)
  private sessions = 0

  constructor(
    private readonly world: TestSpace,
    readonly sign: SignKeys,
  ) {
    this.session()
  }

  get device(): DeviceId {
    return DeviceId.must(this.sign.publicKey)
  }

  session(): void {
    this.nonce = bytesOf(`${this.device}/${String(this.sessions++)}`, 16)
  }

  /** The header at the end of the chain. */
  get end(): HeaderId | null {
    return this.entries.at(-1)?.entry.headerId ?? null
  }

  async write(...edits: readonly ((doc: Doc) => void)[]) {
    const { crypto, space, document, epoch, secret } = this.world
    const actor = deriveActor(crypto, space, this.device, document, this.nonce)
    let doc = A.getActorId(this.doc) === actor ? this.doc : A.clone(this.doc, { actor })
    const changes: Uint8Array[] = []
    for (const edit of edits) {
      doc = A.change(doc, edit)
      changes.push(A.getLastLocalChange(doc) as Uint8Array)
    }
    this.doc = doc
    const decoded = changes.map((change) => A.decodeChange(change))
    const seq = this.entries.length
    const fields = {
      kind: 'changes',
      form: 0,
      space,
      epoch,
      time: 1_790_000_000_000 + seq,
      heads: seq === 0 ? [graphHead('head')] : undefined,
      seq,
      prev: this.end,
      document,
      actor,
      nonce: this.nonce,
      first: decoded[0]!.seq,
      last: decoded.at(-1)!.seq,
      hash: ChangeHash.must(fromHex(decoded.at(-1)!.hash)!),
    } as const
    const sealed = unwrap(await sealEntry(crypto, { secret, fields, payload: packChanges(changes), sign: this.sign }))
    this.entries.push(sealed)
    return sealed
  }

  hear(other: Author): void {
    if (other === this) return
    this.doc = A.merge(this.doc, other.doc)
  }
}

/** A snapshot of what `author` holds: the last header of each actor of these devices, each actor by a header of its own. */
export function contentOf(
  author: Author,
  all: readonly Author[],
): SnapshotContent<SignedHeader> & { readonly tips: readonly OpenedEntry[] } {
  const byActor = new Map<string, OpenedEntry>()
  for (const { entry } of all.flatMap(({ entries }) => entries))
    if (A.hasHeads(author.doc, [entry.header.hash as string])) byActor.set(entry.header.actor as string, entry)
  const tips = [...byActor.values()].sort((a, b) => (a.headerId < b.headerId ? -1 : 1))
  const heads = A.getHeads(author.doc).map((head) => ChangeHash.parse(head)!)
  return { heads: heads.sort(), headers: tips, former: [], save: A.save(author.doc), tips }
}
