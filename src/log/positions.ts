// Which header stands where in which chain: one chain per (device, document) for changes, one per device for witnesses. Owns
// gaps and double positions (EN-8); a pure index in memory over the metas of opened entries, never the judge of an entry.
import type { ActorId, DeviceId, DocumentId, HeaderId } from '../base/ids.ts'
import type { EntryMeta } from './store.ts'

export type ChainName = string

/** Null for entries that stand in no chain (EN-10) or are not opened. */
export function chainOf(meta: Pick<EntryMeta, 'kind' | 'device' | 'document' | 'seq'>): ChainName | null {
  if (meta.device === null || meta.seq === null) return null
  if (meta.kind === 'witness') return witnessChain(meta.device)
  return meta.kind === 'changes' && meta.document !== null ? contentChain(meta.device, meta.document) : null
}

export const contentChain = (device: DeviceId, document: DocumentId): ChainName => `${device}/${document}`
export const witnessChain = (device: DeviceId): ChainName => `${device}/`

export class Positions {
  private readonly byHeader = new Map<HeaderId, EntryMeta>()
  private readonly chains = new Map<ChainName, Map<number, Set<HeaderId>>>()
  private readonly flagged = new Set<DeviceId>()
  /** The last entry of each actor of a chain. */
  private readonly lastOf = new Map<string, EntryMeta>()

  /** Adds or replaces what is known of a header. Of two entries around one header, the one with the lower id stands for it. */
  put(meta: EntryMeta): void {
    const chain = chainOf(meta)
    if (chain === null || meta.headerId === null || meta.seq === null || meta.device === null) return
    const known = this.byHeader.get(meta.headerId)
    if (known === undefined || known.id >= meta.id) this.byHeader.set(meta.headerId, meta)
    const positions = this.chains.get(chain) ?? new Map<number, Set<HeaderId>>()
    const headers = positions.get(meta.seq) ?? new Set()
    headers.add(meta.headerId)
    if (headers.size > 1) this.flagged.add(meta.device)
    this.chains.set(chain, positions.set(meta.seq, headers))
    if (meta.actor === null) return
    const name = `${chain} ${meta.actor}`
    if ((this.lastOf.get(name)?.last ?? 0) <= (meta.last ?? 0)) this.lastOf.set(name, meta)
  }

  header(id: HeaderId): EntryMeta | undefined {
    return this.byHeader.get(id)
  }

  /** The entries of a chain by position; at a double position all of them, ascending by header. */
  inOrder(chain: ChainName): EntryMeta[] {
    const positions = [...(this.chains.get(chain) ?? [])].sort(([a], [b]) => a - b)
    const headers = positions.flatMap(([, headers]) => [...headers].sort())
    return headers.flatMap((id) => this.byHeader.get(id) ?? [])
  }

  /** The one the next of the chain follows: the last by position (the lowest header where it is double). */
  tip(chain: ChainName): EntryMeta | undefined {
    const positions = this.chains.get(chain)
    if (positions === undefined) return undefined
    let newest = -1
    for (const seq of positions.keys()) newest = Math.max(newest, seq)
    const header = [...(positions.get(newest) ?? [])].sort()[0]
    return header === undefined ? undefined : this.byHeader.get(header)
  }

  /**
   * The one that the next by this actor follows: the tip, where the actor's last entry lies before it (a device writes as several actors in
   * one chain); otherwise that last entry (another line of the chain came between, from storage put back from a copy).
   */
  tipFor(chain: ChainName, actor: ActorId | null): EntryMeta | undefined {
    const tip = this.tip(chain)
    const last = actor === null ? undefined : this.lastOf.get(`${chain} ${actor}`)
    if (last === undefined) return tip
    let at = tip
    while (at !== undefined && (at.seq ?? 0) > (last.seq ?? 0)) at = at.prev === null ? undefined : this.header(at.prev)
    return at?.headerId === last.headerId ? tip : last
  }

  /** Whether an entry of this actor's is held. */
  hasWritten(chain: ChainName, actor: ActorId | null): boolean {
    return actor !== null && this.lastOf.has(`${chain} ${actor}`)
  }

  /** Devices that signed two headers for one position (EN-8). */
  equivocators(): ReadonlySet<DeviceId> {
    return this.flagged
  }
}
