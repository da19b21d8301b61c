// Which Automerge actors this device writes as, per document: one for the page and one for the engine, derived as rule
// EN-7 says, new in each session, so that no sequence is ever used twice, whatever copy of the storage is put back. The
// record is durable before an actor is handed out.
import { decode, encode } from '../base/codec.ts'
import { type Bytes, equal } from '../base/bytes.ts'
import { type ActorId, type DeviceId, DocumentId, type SpaceId } from '../base/ids.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import type { Crypto } from '../crypto/index.ts'
import { deriveActor } from '../log/entry.ts'

export type Slot = 'page' | 'engine'

interface WriterRecord {
  /** Nonces by slot for this session; absent until asked for. */
  slots: Partial<{ [S in Slot]: Bytes }>
  /** Every nonce ever used here. */
  nonces: readonly Bytes[]
  clean: boolean
  /** The last one that asked: one is answered after the other. */
  turn: Promise<unknown>
}

export class Writers {
  #records = new Map<DocumentId, Promise<WriterRecord>>()
  #wasClean = new Map<DocumentId, boolean>()
  #own = new Map<string, { document: DocumentId; nonce: Bytes }>()

  constructor(
    private readonly store: KeyValueStore,
    private readonly crypto: Crypto,
    private readonly space: SpaceId,
    private readonly device: DeviceId,
  ) {}

  async actor(document: DocumentId, slot: Slot): Promise<{ actor: ActorId; nonce: Bytes }> {
    const record = await this.#record(document)
    const turn = record.turn.then(() => this.#handOut(document, record, slot))
    record.turn = turn.catch(() => undefined)
    return turn
  }

  /** Nothing is known here that is not stored: what a refused write left out is not handed out. */
  async #handOut(document: DocumentId, record: WriterRecord, slot: Slot): Promise<{ actor: ActorId; nonce: Bytes }> {
    const nonce = record.slots[slot] ?? this.crypto.random.bytes(16)
    const actor = this.#actorOf(document, nonce)
    if (record.slots[slot] !== undefined && !record.clean) return { actor, nonce }
    const isNew = !record.nonces.some((past) => equal(past, nonce))
    const nonces = isNew ? [...record.nonces, nonce] : record.nonces
    await this.#save(document, { nonces, clean: false })
    record.slots[slot] = nonce
    record.nonces = nonces
    record.clean = false
    this.#own.set(actor, { document, nonce })
    return { actor, nonce }
  }

  /** Whether the last session ended with everything sealed. */
  async wasClean(document: DocumentId): Promise<boolean> {
    await this.#record(document)
    return this.#wasClean.get(document) ?? true
  }

  /** Documents whose last session ended with something in no entry. */
  async unclean(): Promise<DocumentId[]> {
    const stored = await this.store.list(this.#bucket)
    return stored.flatMap(({ key, value }) => {
      const record = decode(value)
      return record.ok && (record.value as WriterRecord).clean ? [] : (DocumentId.parse(key) ?? [])
    })
  }

  async isOwn(document: DocumentId, actor: string): Promise<boolean> {
    await this.#record(document)
    return this.#own.get(actor)?.document === document
  }

  async nonce(document: DocumentId, actor: string): Promise<Bytes | null> {
    await this.#record(document)
    return this.#own.get(actor)?.nonce ?? null
  }

  /** Everything but `unsealed` is sealed and stored: next time only those are searched for what no entry holds. */
  async close(unsealed: ReadonlySet<DocumentId>): Promise<void> {
    for (const [document, pending] of this.#records) {
      const record = await pending
      await record.turn
      if (record.clean || unsealed.has(document)) continue
      await this.#save(document, { nonces: record.nonces, clean: true })
      record.clean = true
    }
  }

  #record(document: DocumentId): Promise<WriterRecord> {
    const known = this.#records.get(document)
    if (known !== undefined) return known
    const loading = this.#load(document)
    this.#records.set(document, loading)
    return loading
  }

  async #load(document: DocumentId): Promise<WriterRecord> {
    const bytes = await this.store.get(this.#bucket, document)
    const value = bytes === null ? null : decode(bytes)
    const stored = value?.ok === true ? (value.value as Pick<WriterRecord, 'nonces' | 'clean'>) : null
    this.#wasClean.set(document, stored === null || stored.clean)
    // Never an actor of another session: storage put back from a copy would use its sequences a second time.
    const record: WriterRecord = {
      slots: {},
      nonces: [...(stored?.nonces ?? [])],
      clean: true,
      turn: Promise.resolve(),
    }
    for (const nonce of record.nonces) this.#own.set(this.#actorOf(document, nonce), { document, nonce })
    return record
  }

  async #save(document: DocumentId, { nonces, clean }: Pick<WriterRecord, 'nonces' | 'clean'>): Promise<void> {
    const value = encode({ nonces: [...nonces], clean })
    await this.store.write([{ bucket: this.#bucket, key: document, value }])
  }

  get #bucket(): string {
    return `writers:${this.space}`
  }

  #actorOf(document: DocumentId, nonce: Bytes): ActorId {
    return deriveActor(this.crypto, this.space, this.device, document, nonce)
  }
}
