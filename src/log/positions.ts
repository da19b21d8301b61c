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

  /** The last entry of one Automerge actor in a chain. */
  lastOf(chain: ChainName, actor: ActorId | null): EntryMeta | undefined {
    if (actor === null) return undefined
    const tip = this.tip(chain)
    return tip?.actor === actor ? tip : this.inOrder(chain).findLast((meta) => meta.actor === actor)
  }

  /** Devices that signed two headers for one position (EN-8). */
  equivocators(): ReadonlySet<DeviceId> {
    return this.flagged
  }
}
