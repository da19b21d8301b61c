// The order in which rekeys are judged (rule KE-8), and the valid epochs that come of it: the same for one set of operations and
// records, whatever order they arrived in. Holds no secret.
import type { EpochId, KeyRecordId } from '../base/ids.ts'
import type { MembershipGraph } from '../membership/index.ts'
import type { Rekey } from './records.ts'
import {
  byUse,
  type Epoch,
  excludesTheRemoved,
  follows,
  isDue,
  isPlaced,
  isSound,
  merges,
  ordinalAfter,
} from './validity.ts'

interface Candidate {
  readonly rekey: Rekey
  readonly coverage: number
}

const goesBefore = (a: Candidate, b: Candidate) =>
  a.coverage < b.coverage || (a.coverage === b.coverage && a.rekey.id < b.rekey.id)

/** The candidate of least coverage, then lowest record id, comes out first. */
class Queue {
  private readonly heap: Candidate[] = []

  push(item: Candidate): void {
    let at = this.heap.push(item) - 1
    for (let up = (at - 1) >> 1; at > 0 && goesBefore(item, this.heap[up] as Candidate); up = (at - 1) >> 1) {
      this.heap[at] = this.heap[up] as Candidate
      at = up
    }
    this.heap[at] = item
  }

  pop(): Candidate | undefined {
    const first = this.heap[0]
    const last = this.heap.pop()
    if (last === undefined || this.heap.length === 0) return first
    let at = 0
    for (
      let down = this.lower(at);
      down >= 0 && goesBefore(this.heap[down] as Candidate, last);
      down = this.lower(at)
    ) {
      this.heap[at] = this.heap[down] as Candidate
      at = down
    }
    this.heap[at] = last
    return first
  }

  private lower(at: number): number {
    const [left, right] = [this.heap[2 * at + 1], this.heap[2 * at + 2]]
    if (left === undefined) return -1
    return right !== undefined && goesBefore(right, left) ? 2 * at + 2 : 2 * at + 1
  }
}

export class Succession {
  private readonly rekeys = new Map<KeyRecordId, Rekey>()
  private readonly firsts = new Map<EpochId, Rekey>()
  /** Records of epochs that were announced more than once: which one counts may change with what arrives. */
  private readonly rivals = new Set<Rekey>()
  private readonly unjudged = new Set<Rekey>()
  private readonly invalid = new Set<KeyRecordId>()
  private readonly valid = new Map<EpochId, Epoch>()
  private readonly followed = new Set<EpochId>()
  /** Of placed rekeys: what never changes of them. */
  private readonly placed = new Map<KeyRecordId, Candidate>()
  private readonly sound = new Map<KeyRecordId, boolean>()
  /** Whether a rekey is due after those records of its parents. */
  private readonly due = new Map<string, boolean>()
  private judged = ''
  private best: Epoch | null = null

  /** `isForged`: this device holds the epoch's secret and knows that the author did not. */
  constructor(private readonly isForged: (rekey: Rekey) => boolean) {}

  add(rekey: Rekey): void {
    if (this.rekeys.has(rekey.id)) return
    this.rekeys.set(rekey.id, rekey)
    this.unjudged.add(rekey)
    const first = this.firsts.get(rekey.epoch)
    if (first === undefined) this.firsts.set(rekey.epoch, rekey)
    else this.rivals.add(first).add(rekey)
  }

  get(epoch: EpochId): Epoch | undefined {
    return this.valid.get(epoch)
  }

  isInvalid(id: KeyRecordId): boolean {
    return this.invalid.has(id)
  }

  all(): Iterable<Epoch> {
    return this.valid.values()
  }

  /** Whether some valid epoch follows it. */
  isFollowed(epoch: EpochId): boolean {
    return this.followed.has(epoch)
  }

  /** Rekeys of which only one for its epoch is true: each may have to be opened to tell. */
  contested(): Iterable<Rekey> {
    return this.rivals
  }

  /** Rekeys that cannot be judged yet. */
  waiting(): Iterable<Rekey> {
    return this.unjudged
  }

  /** KE-7: the epoch in use, as judged last. */
  current(): Epoch | null {
    return this.best
  }

  /** Judges what can be judged by what is here. `held`: how many secrets are, for they may unmask a forger. */
  judge(graph: MembershipGraph, held: number): void {
    const key = `${graph.space} ${graph.size} ${this.rekeys.size} ${this.rivals.size === 0 ? '' : held}`
    if (key === this.judged) return
    this.judged = key
    if (this.rivals.size > 0) this.startAfresh()
    const ready = new Queue()
    const behind = new Map<EpochId, Candidate[]>()
    for (const rekey of this.unjudged) {
      const candidate = this.candidate(graph, rekey)
      if (candidate !== null) this.place(candidate, ready, behind)
    }
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      if (!this.settle(graph, next)) continue
      const { epoch } = next.rekey
      for (const child of behind.get(epoch) ?? []) this.place(child, ready, behind)
      behind.delete(epoch)
    }
    this.best = inUse(graph, this.valid.values())
  }

  private startAfresh(): void {
    for (const rekey of this.rekeys.values()) this.unjudged.add(rekey)
    this.invalid.clear()
    this.valid.clear()
    this.followed.clear()
  }

  /** Null for what covers operations that are not here. */
  private candidate(graph: MembershipGraph, rekey: Rekey): Candidate | null {
    const known = this.placed.get(rekey.id)
    if (known !== undefined || !isPlaced(graph, rekey)) return known ?? null
    const made = { rekey, coverage: graph.coverage(rekey.covers) }
    this.placed.set(rekey.id, made)
    return made
  }

  private place(candidate: Candidate, ready: Queue, behind: Map<EpochId, Candidate[]>): void {
    const missing = candidate.rekey.parents.find((parent) => !this.valid.has(parent))
    if (missing === undefined) return ready.push(candidate)
    const others = behind.get(missing)
    if (others === undefined) behind.set(missing, [candidate])
    else others.push(candidate)
  }

  /** Whether it is valid, and the first to be for its epoch. */
  private settle(graph: MembershipGraph, { rekey, coverage }: Candidate): boolean {
    const parents = rekey.parents.flatMap((id) => this.valid.get(id) ?? [])
    if (this.valid.has(rekey.epoch) || (this.rivals.has(rekey) && this.isForged(rekey))) return this.refuse(rekey)
    if (!this.isSound(graph, rekey)) return this.refuse(rekey)
    if (!merges(parents) && !this.isDue(graph, rekey, parents)) return this.refuse(rekey)
    this.unjudged.delete(rekey)
    this.valid.set(rekey.epoch, { id: rekey.epoch, rekey, parents, ordinal: ordinalAfter(parents), coverage })
    for (const parent of rekey.parents) this.followed.add(parent)
    return true
  }

  // States of long ago are not kept by the graph: what they say of a record is asked for once.

  private isSound(graph: MembershipGraph, rekey: Rekey): boolean {
    const known = this.sound.get(rekey.id) ?? isSound(graph, rekey)
    this.sound.set(rekey.id, known)
    return known
  }

  private isDue(graph: MembershipGraph, rekey: Rekey, parents: readonly Epoch[]): boolean {
    const key = [rekey.id, ...parents.map((parent) => parent.rekey.id)].join()
    const known = this.due.get(key) ?? isDue(graph, rekey, parents)
    this.due.set(key, known)
    return known
  }

  private refuse(rekey: Rekey): false {
    this.unjudged.delete(rekey)
    this.invalid.add(rekey.id)
    return false
  }
}

/** The first by use that excludes whom the graph excludes; of those that do and follow it, if there are any, again the first. */
function inUse(graph: MembershipGraph, epochs: Iterable<Epoch>): Epoch | null {
  const inOrder = [...epochs].sort(byUse)
  let best: Epoch | null = null
  for (;;) {
    const before: Epoch | null = best
    const next: Epoch | undefined = inOrder.find(
      (epoch) => (before === null || follows(epoch, before)) && excludesTheRemoved(graph, epoch),
    )
    if (next === undefined) return best
    best = next
  }
}
