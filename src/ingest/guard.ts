// The guard between the log and Automerge: whether the changes of an entry are what its header signed and may be handed on.
// One verdict for everybody, from the bytes and the signed chain alone (IN-1, IN-8 to IN-12); applies nothing, never throws.
import type { Bytes } from '../base/bytes.ts'
import type { ActorId, ChangeHash } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Header } from '../log/header.ts'
import { MAX_NESTING, MAX_OPERATIONS } from './limits.ts'
import { type ChangeError, type ParsedChange, parseChange } from './parse-change.ts'

export type { ParsedChange } from './parse-change.ts'

export type GuardError =
  | ChangeError
  /** The header is not of `changes`, or the number of changes is not `last - first + 1`. */
  | { readonly type: 'WrongCount' }
  | { readonly type: 'WrongActor' }
  | { readonly type: 'WrongSequence' }
  | { readonly type: 'WrongHash' }
  /** A change that does not depend on its author's one before. */
  | { readonly type: 'MissingOwnPrevious' }
  | { readonly type: 'WrongStart' }
  | { readonly type: 'TooManyOperations' }
  | { readonly type: 'TooDeep' }

export interface GuardContext {
  /** What the header before this one in the chain signed (`SpaceLog.ownPrevious`); undefined when it is not at hand: unchecked. */
  readonly previous?:
    | { readonly actor: ActorId | null; readonly last: number | null; readonly hash: ChangeHash | null }
    | null
    | undefined
  /** The counter of the last operation of an applied change; undefined when it is not applied. */
  readonly maxOpOf?: ((hash: ChangeHash) => number | undefined) | undefined
}

/** IN-10: the author's change before the first one of the entry. */
function followsPrevious(header: Header, first: ParsedChange, previous: GuardContext['previous']): boolean {
  if (previous === undefined) return true
  const same = previous !== null && previous.actor === header.actor
  if (first.seq === 1) return !same
  return same && previous.last === first.seq - 1 && previous.hash !== null && first.dependencies.includes(previous.hash)
}

/** IN-11: one above the highest counter it depends on, as far as those are known. */
function startsRight(change: ParsedChange, known: ReadonlyMap<ChangeHash, number>, context: GuardContext): boolean {
  let highest = 0
  let all = true
  for (const hash of change.dependencies) {
    const maxOp = known.get(hash) ?? context.maxOpOf?.(hash)
    if (maxOp === undefined) all = false
    else highest = Math.max(highest, maxOp)
  }
  return all ? change.startOp === highest + 1 : change.startOp > highest
}

/**
 * IN-12: notes how deep the objects made by one more change of an entry lie within one another, by counter; true when one lies
 * too deep (`depths` is of no use then).
 */
export function tooDeep(change: ParsedChange, depths: Map<number, number>): boolean {
  for (const { index, parent } of change.objects) {
    const within = parent !== null && parent.actor === 0 ? (depths.get(parent.counter) ?? 0) : 0
    if (within >= MAX_NESTING) return true
    depths.set(change.startOp + index, within + 1)
  }
  return false
}

/** IN-8, IN-9 and IN-10 for one change and the one before it in the entry. */
function fault(header: Header, change: ParsedChange, seq: number, before: ParsedChange | undefined): GuardError | null {
  if (change.actor !== header.actor) return { type: 'WrongActor' }
  if (change.seq !== seq) return { type: 'WrongSequence' }
  if (before !== undefined && !change.dependencies.includes(before.hash)) return { type: 'MissingOwnPrevious' }
  if (seq > 1 && change.dependencies.length === 0) return { type: 'MissingOwnPrevious' }
  return null
}

/** The changes of an entry as its header has them; authors ask this before they seal, readers before they apply. */
export function guardChanges(
  header: Header,
  changes: readonly Bytes[],
  context: GuardContext = {},
): Result<readonly ParsedChange[], GuardError> {
  const { first, last } = header
  if (header.kind !== 'changes' || first === undefined || last === undefined) return err({ type: 'WrongCount' })
  if (changes.length === 0 || changes.length !== last - first + 1) return err({ type: 'WrongCount' })
  const parsed: ParsedChange[] = []
  const known = new Map<ChangeHash, number>()
  const depths = new Map<number, number>()
  let operations = 0
  for (const bytes of changes) {
    const result = parseChange(bytes)
    if (!result.ok) return result
    const change = result.value
    const wrong = fault(header, change, first + parsed.length, parsed.at(-1))
    if (wrong !== null) return err(wrong)
    if (parsed.length === 0 && !followsPrevious(header, change, context.previous))
      return err({ type: 'MissingOwnPrevious' })
    if (!startsRight(change, known, context)) return err({ type: 'WrongStart' })
    operations += change.operations
    if (operations > MAX_OPERATIONS) return err({ type: 'TooManyOperations' })
    if (tooDeep(change, depths)) return err({ type: 'TooDeep' })
    known.set(change.hash, change.maxOp)
    parsed.push(change)
  }
  return parsed.at(-1)?.hash === header.hash ? ok(parsed) : err({ type: 'WrongHash' })
}
