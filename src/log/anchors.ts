// Ends of content chains that are known by a snapshot instead of by the entries before them (EN-18). Owns which header may be
// followed though it is not held, and what its actors wrote last; believes whoever has checked the snapshot.
import type { ActorId, ChangeHash, DeviceId, DocumentId, HeaderId } from '../base/ids.ts'
import { type ChainName, contentChain } from './positions.ts'
import type { EntryMeta } from './store.ts'

/** What an actor wrote last, as far as a snapshot goes. */
export interface ActorTip {
  readonly actor: ActorId
  readonly last: number
  readonly hash: ChangeHash
}

export interface Anchor {
  readonly headerId: HeaderId
  readonly device: DeviceId
  readonly document: DocumentId
  readonly seq: number
  /** All actors of the snapshot, by id. */
  readonly actors: ReadonlyMap<ActorId, ActorTip>
}

export class Anchors {
  private readonly byHeader = new Map<HeaderId, Anchor>()
  private readonly tips = new Map<ChainName, Anchor>()

  /** Of two snapshots that end at one header, the one that knows more actors stands. */
  add(anchor: Anchor): void {
    const known = this.byHeader.get(anchor.headerId)
    if (known !== undefined && known.actors.size >= anchor.actors.size) return
    this.byHeader.set(anchor.headerId, anchor)
    const chain = contentChain(anchor.device, anchor.document)
    if (anchor.seq >= (this.tips.get(chain)?.seq ?? -1)) this.tips.set(chain, anchor)
  }

  /** The anchor that this entry says it follows, where it stands right before it in the same chain. */
  before(meta: EntryMeta): Anchor | undefined {
    const anchor = meta.prev === null ? undefined : this.byHeader.get(meta.prev)
    const follows =
      anchor?.device === meta.device && anchor?.document === meta.document && anchor?.seq === (meta.seq ?? 0) - 1
    return follows ? anchor : undefined
  }

  /** EN-18: it follows the end of what a snapshot covers, or stands before it, where what it follows is known to nobody by itself. */
  reaches(meta: EntryMeta): boolean {
    if (this.before(meta) !== undefined) return true
    if (meta.kind !== 'changes' || meta.device === null || meta.document === null) return false
    return (meta.seq ?? 0) <= (this.tips.get(contentChain(meta.device, meta.document))?.seq ?? -1)
  }

  tip(chain: ChainName): Anchor | undefined {
    return this.tips.get(chain)
  }
}
