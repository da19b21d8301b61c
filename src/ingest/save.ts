// Whether an Automerge save is what its authors signed (IN-20, IN-21): every change passes the guard's limits, every actor's changes
// follow one another, and the last of each is the one a signed header names or lies in its past. Loads the save, so it belongs into
// the scratch worker; applies nothing.
import { next as A } from '@automerge/automerge/slim'
import type { Bytes } from '../base/bytes.ts'
import type { ActorId, ChangeHash } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { MAX_COUNTER, MAX_OPERATIONS } from './limits.ts'
import { parseChange } from './parse-change.ts'
import { boundSave, type SaveBoundsError } from './save-bounds.ts'

type AnyDoc = Record<string, unknown>

/** What a snapshot says of its save: plain data, so that it can be sent to a worker. */
export interface SaveClaim {
  readonly heads: readonly ChangeHash[]
  /** By signed headers. */
  readonly signed: readonly { readonly actor: ActorId; readonly last: number; readonly hash: ChangeHash }[]
  /** Other actors, and which of `signed` has their changes in its past. */
  readonly former: readonly { readonly actor: ActorId; readonly by: number }[]
  /** Changes that must be in it: those of covered entries that are here. */
  readonly covered: readonly ChangeHash[]
  /** Changes of which the report says whether they are in it. */
  readonly perhaps: readonly ChangeHash[]
}

export interface SaveReport {
  /** The last change of every actor. */
  readonly tips: readonly { readonly actor: ActorId; readonly last: number; readonly hash: ChangeHash }[]
  readonly changes: number
  /** Those of `perhaps` that it lacks. */
  readonly lacks: readonly ChangeHash[]
}

export type SaveError =
  | SaveBoundsError
  /** Automerge does not load it. */
  | { readonly type: 'NotLoadable' }
  | { readonly type: 'WrongHeads' }
  /** A change that the guard refuses, or that does not follow its author's one before. */
  | { readonly type: 'BadHistory'; readonly why: string }
  /** An actor whose last change nobody signed. */
  | { readonly type: 'NotSigned' }
  /** It could not be tried on this device now: no verdict. */
  | { readonly type: 'NotHere' }
  /** It lacks what it says it covers. */
  | { readonly type: 'Lacks' }

/** Loads and judges a save. In the scratch worker; without one, in place. */
export type CheckSave = (save: Bytes, claim: SaveClaim) => Promise<Result<SaveReport, SaveError>>

export const checkSave: CheckSave = async (save, claim) => {
  const bounded = await boundSave(save)
  if (!bounded.ok) return bounded
  let doc: A.Doc<AnyDoc>
  try {
    doc = A.load<AnyDoc>(save)
  } catch (cause) {
    // The module has ended, or has no room: whoever runs it must start anew, and nothing is known of the save.
    if (cause instanceof WebAssembly.RuntimeError || isNoRoom(cause)) throw cause
    return err({ type: 'NotLoadable' })
  }
  try {
    return judge(doc, claim, bounded.value.operationsPerChange)
  } finally {
    A.free(doc)
  }
}

/** The engine's own words for memory that it has not; Automerge, too, says what it cannot read by a RangeError. */
const isNoRoom = (cause: unknown): boolean =>
  cause instanceof RangeError && /allocation|memory|array (buffer )?length/i.test(cause.message)

/** What of a change its place in the history depends on. */
interface Change {
  readonly hash: ChangeHash
  readonly actor: ActorId
  readonly seq: number
  readonly startOp: number
  readonly maxOp: number
  readonly dependencies: readonly ChangeHash[]
}

interface History {
  readonly byHash: Map<ChangeHash, Change>
  readonly tips: Map<ActorId, Change>
}

/** `sure`: operations up to which every change passes the guard's limits, by what its columns say; 0: nothing is said. */
function judge(doc: A.Doc<AnyDoc>, claim: SaveClaim, sure: number): Result<SaveReport, SaveError> {
  if (A.getHeads(doc).slice().sort().join() !== claim.heads.join()) return err({ type: 'WrongHeads' })
  const brief = sure === 0 ? null : briefly(A.getChangesMetaSince(doc, []), Math.min(sure, MAX_OPERATIONS))
  const followed = brief === null ? null : follow(brief)
  // Written out change by change where there is any doubt: several times the work.
  const history = followed?.ok === true ? followed : read(A.getAllChanges(doc))
  if (!history.ok) return history
  const { byHash, tips } = history.value
  if (!isSigned(history.value, claim)) return err({ type: 'NotSigned' })
  if (claim.covered.some((hash) => !byHash.has(hash))) return err({ type: 'Lacks' })
  const all = [...tips].map(([actor, { seq, hash }]) => ({ actor, last: seq, hash }))
  return ok({ tips: all, changes: byHash.size, lacks: claim.perhaps.filter((hash) => !byHash.has(hash)) })
}

const HASH = /^[0-9a-f]{64}$/
const ACTOR = /^[0-9a-f]{32}$/

function read(changes: readonly Bytes[]): Result<History, SaveError> {
  const all: Change[] = []
  for (const bytes of changes) {
    const parsed = parseChange(bytes)
    if (!parsed.ok) return err({ type: 'BadHistory', why: parsed.error.type })
    all.push(parsed.value)
  }
  return follow(all)
}

/** What `parseChange` would say of each, where Automerge's own account of it leaves no doubt; null: it does. */
function briefly(metas: readonly A.ChangeMetadata[], most: number): Change[] | null {
  const all: Change[] = []
  for (const meta of metas) {
    const { seq, startOp, maxOp, time } = meta
    const [hash, actor] = [meta.hash as ChangeHash, meta.actor as ActorId]
    const dependencies = meta.deps as ChangeHash[]
    if (!HASH.test(hash) || !ACTOR.test(actor) || !dependencies.every((dep) => HASH.test(dep))) return null
    if (!dependencies.every((dep, at) => at === 0 || (dependencies[at - 1] ?? '') < dep)) return null
    if (![seq, startOp, maxOp, time].every(Number.isSafeInteger) || seq < 1 || startOp < 1) return null
    if (Math.max(seq, startOp, maxOp) > MAX_COUNTER || maxOp < startOp - 1 || maxOp - startOp >= most) return null
    all.push({ hash, actor, seq, startOp, maxOp, dependencies })
  }
  return all
}

/** IN-21, for all changes in the order in which they depend on each other. */
function follow(changes: readonly Change[]): Result<History, SaveError> {
  const byHash = new Map<ChangeHash, Change>()
  const tips = new Map<ActorId, Change>()
  for (const change of changes) {
    const before = tips.get(change.actor)
    if (change.seq !== (before?.seq ?? 0) + 1) return err({ type: 'BadHistory', why: 'seq' })
    if (before !== undefined && !change.dependencies.includes(before.hash))
      return err({ type: 'BadHistory', why: 'previous' })
    let highest = 0
    for (const hash of change.dependencies) {
      const dependency = byHash.get(hash)
      if (dependency === undefined) return err({ type: 'BadHistory', why: 'dependency' })
      highest = Math.max(highest, dependency.maxOp)
    }
    if (change.startOp !== highest + 1) return err({ type: 'BadHistory', why: 'startOp' })
    byHash.set(change.hash, change)
    tips.set(change.actor, change)
  }
  return ok({ byHash, tips })
}

function isSigned({ byHash, tips }: History, { signed, former }: SaveClaim): boolean {
  if (tips.size !== signed.length + former.length) return false
  for (const { actor, last, hash } of signed) {
    const tip = tips.get(actor)
    if (tip?.seq !== last || tip.hash !== hash) return false
  }
  const byHeader = new Map<number, ChangeHash[]>()
  for (const { actor, by } of former) {
    const tip = tips.get(actor)
    if (tip === undefined) return false
    byHeader.set(by, [...(byHeader.get(by) ?? []), tip.hash])
  }
  return [...byHeader].every(([by, hashes]) => {
    const past = pastOf(byHash, signed[by]?.hash)
    return hashes.every((hash) => past.has(hash))
  })
}

/** A change and all before it. */
function pastOf(byHash: History['byHash'], from: ChangeHash | undefined): ReadonlySet<ChangeHash> {
  const past = new Set<ChangeHash>()
  const open = from === undefined ? [] : [from]
  for (let hash = open.pop(); hash !== undefined; hash = open.pop()) {
    if (past.has(hash)) continue
    past.add(hash)
    open.push(...(byHash.get(hash)?.dependencies ?? []))
  }
  return past
}

/** Which authors a snapshot of this document needs: the last change of each actor, and what lies in the past of what. For its maker. */
export function authorsOf(doc: A.Doc<AnyDoc>): {
  readonly tips: readonly A.ChangeMetadata[]
  inPast(hash: string, of: string): boolean
} {
  const metas = A.getChangesMetaSince(doc, [])
  const byHash = new Map(metas.map((meta) => [meta.hash, meta]))
  const tips = new Map(metas.map((meta) => [meta.actor, meta]))
  const pasts = new Map<string, ReadonlySet<string>>()
  const past = (of: string) => {
    const known = pasts.get(of)
    if (known !== undefined) return known
    const all = new Set<string>()
    const open = [of]
    for (let hash = open.pop(); hash !== undefined; hash = open.pop()) {
      if (all.has(hash)) continue
      all.add(hash)
      open.push(...(byHash.get(hash)?.deps ?? []))
    }
    pasts.set(of, all)
    return all
  }
  return { tips: [...tips.values()], inPast: (hash, of) => past(of).has(hash) }
}
