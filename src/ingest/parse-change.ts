// A cheap, bounded reading of one raw Automerge change (automerge.org/automerge-binary-format-spec), without expanding its
// operations and without Automerge. Owns the verdict on the bytes of a single change (IN-2 to IN-7); never throws.
import { type Bytes, equal, fromUtf8, toHex } from '../base/bytes.ts'
import { ActorId, ChangeHash } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type NewObject, type Operations, readColumns, readOperations } from './columns.ts'
import {
  ACTOR_BYTES,
  MAX_COUNTER,
  MAX_DEPENDENCIES,
  MAX_EXTRA_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_OTHER_ACTORS,
} from './limits.ts'
import { Malformed, Reader } from './reader.ts'
import { sha256 } from './sha256.ts'

export interface ParsedChange {
  readonly hash: ChangeHash
  readonly actor: ActorId
  readonly seq: number
  /** Counter of the first operation. */
  readonly startOp: number
  /** Counter of the last operation; startOp - 1 when there is none. */
  readonly maxOp: number
  readonly operations: number
  readonly dependencies: readonly ChangeHash[]
  /** Seconds, as Automerge has them; for people only. */
  readonly time: number
  readonly message: string | null
  readonly objects: readonly NewObject[]
}

export type ChangeError =
  /** Not one raw change and nothing else; `why` names the part, for the log. */
  | { readonly type: 'BadChange'; readonly why: string }
  /** Deflated: nobody can bound it without inflating. */
  | { readonly type: 'CompressedChange' }
  | { readonly type: 'BadChecksum' }

const MAGIC = Uint8Array.of(0x85, 0x6f, 0x4a, 0x83)
const HEAD = 8
const RAW_CHANGE = 1
const DEFLATED_CHANGE = 2

function readDependencies(reader: Reader): ChangeHash[] {
  const count = reader.unsigned()
  if (count > MAX_DEPENDENCIES) throw new Malformed('dependencies')
  const hashes: ChangeHash[] = []
  for (let i = 0; i < count; i++) {
    const hash = ChangeHash.must(reader.take(32))
    const before = hashes.at(-1)
    if (before !== undefined && before >= hash) throw new Malformed('dependencies')
    hashes.push(hash)
  }
  return hashes
}

function readActor(reader: Reader): Bytes {
  const actor = reader.counted(ACTOR_BYTES)
  if (actor.length !== ACTOR_BYTES) throw new Malformed('actor')
  return actor
}

/** The number of other actors; each is named once and is not the author. */
function readOthers(reader: Reader, author: Bytes): number {
  const count = reader.unsigned()
  if (count > MAX_OTHER_ACTORS) throw new Malformed('actors')
  const seen = new Set([toHex(author)])
  for (let i = 0; i < count; i++) seen.add(toHex(readActor(reader)))
  if (seen.size !== count + 1) throw new Malformed('actors')
  return count
}

function readMessage(reader: Reader): string | null {
  const bytes = reader.counted(MAX_MESSAGE_BYTES)
  const message = fromUtf8(bytes)
  if (message === null) throw new Malformed('message')
  return bytes.length === 0 ? null : message
}

function within(value: number, least: number, most: number, what: string): number {
  if (value < least || value > most) throw new Malformed(what)
  return value
}

function readBody(body: Bytes, hash: ChangeHash): ParsedChange {
  const reader = new Reader(body)
  const dependencies = readDependencies(reader)
  const author = readActor(reader)
  const seq = within(reader.unsigned(), 1, MAX_COUNTER, 'seq')
  const startOp = within(reader.unsigned(), 1, MAX_COUNTER, 'startOp')
  const time = reader.signed()
  const message = readMessage(reader)
  const others = readOthers(reader, author)
  const { count, objects }: Operations = readOperations(readColumns(reader), 1 + others)
  within(reader.left, 0, MAX_EXTRA_BYTES, 'extra')
  const maxOp = within(startOp + count - 1, 0, MAX_COUNTER, 'startOp')
  const actor = ActorId.must(author)
  return { hash, actor, seq, startOp, maxOp, operations: count, dependencies, time, message, objects }
}

/** `change` is what `A.getLastLocalChange` gives: always raw, whatever its size. */
export function parseChange(change: Bytes): Result<ParsedChange, ChangeError> {
  if (change.length < HEAD + 2 || !equal(change.subarray(0, 4), MAGIC)) return err({ type: 'BadChange', why: 'magic' })
  if (change[HEAD] === DEFLATED_CHANGE) return err({ type: 'CompressedChange' })
  if (change[HEAD] !== RAW_CHANGE) return err({ type: 'BadChange', why: 'type' })
  try {
    const reader = new Reader(change.subarray(HEAD + 1))
    const length = reader.unsigned()
    if (length !== reader.left) return err({ type: 'BadChange', why: 'length' })
    const digest = sha256(change.subarray(HEAD))
    if (!equal(digest.subarray(0, 4), change.subarray(4, HEAD))) return err({ type: 'BadChecksum' })
    return ok(readBody(reader.take(length), ChangeHash.must(digest)))
  } catch (cause) {
    if (cause instanceof Malformed) return err({ type: 'BadChange', why: cause.why })
    throw cause
  }
}
