// What can be saved of a document's stored copy that Automerge does not load: chunk by chunk, and where even that makes no document
// that loads again, the changes of this device alone. What the entries have comes back from them; only what is in no entry is lost
// with the copy, and this is what keeps it. Never throws on bytes; never lets go of the copy itself.
import { next as A } from '@automerge/automerge/slim'
import type { Bytes } from '../base/bytes.ts'
import type { AnyDoc } from './arrivals.ts'

const MAGIC = [0x85, 0x6f, 0x4a, 0x83] as const
/** Magic, checksum and type. */
const HEAD = 9
const DOCUMENT = 0

/** `own`: whether an Automerge actor is this device's. Answers a document whose save loads. */
export async function salvaged(copy: Bytes, own: (actor: string) => Promise<boolean>): Promise<A.Doc<AnyDoc>> {
  const parts = chunks(copy)
  const whole = takenIn(parts)
  if (loadsAgain(whole)) return whole
  const mine: Bytes[] = []
  for (const part of parts) {
    const actor = part[HEAD - 1] === DOCUMENT ? null : actorOf(part)
    if (actor !== null && (await own(actor))) mine.push(part)
  }
  const alone = takenIn(mine)
  return loadsAgain(alone) ? alone : A.init<AnyDoc>()
}

/** As Automerge wrote them one after the other; what has no beginning is passed over. */
function chunks(bytes: Bytes): Bytes[] {
  const begins: number[] = []
  for (let at = bytes.indexOf(MAGIC[0]); at >= 0; at = bytes.indexOf(MAGIC[0], at + 1))
    if (MAGIC.every((byte, i) => bytes[at + i] === byte)) begins.push(at)
  const out: Bytes[] = []
  let end = 0
  for (const [i, at] of begins.entries()) {
    if (at < end) continue
    // By its own length; where that leads beyond the copy, up to the next that begins.
    const said = at + HEAD + lengthAt(bytes, at + HEAD)
    end = said <= bytes.length ? said : (begins[i + 1] ?? bytes.length)
    out.push(bytes.subarray(at, end))
  }
  return out
}

/** The length that stands there as unsigned LEB128, with the bytes it takes. */
function lengthAt(bytes: Bytes, at: number): number {
  let value = 0
  for (let i = 0; i < 7; i++) {
    const byte = bytes[at + i] ?? 0
    value += (byte & 0x7f) * 128 ** i
    if (byte < 0x80) return value + i + 1
  }
  return Number.POSITIVE_INFINITY
}

/** Every part that Automerge takes, in turn. */
function takenIn(parts: readonly Bytes[]): A.Doc<AnyDoc> {
  let doc = A.init<AnyDoc>()
  for (const part of parts) {
    const before = doc
    try {
      doc = A.loadIncremental(A.clone(before), part)
    } catch (cause) {
      if (cause instanceof WebAssembly.RuntimeError) throw cause
      doc = before
    }
  }
  return doc
}

function loadsAgain(doc: A.Doc<AnyDoc>): boolean {
  try {
    const again = A.load<AnyDoc>(A.save(doc))
    return A.hasHeads(again, A.getHeads(doc))
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw cause
    return false
  }
}

function actorOf(change: Bytes): string | null {
  try {
    return A.decodeChange(change).actor
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw cause
    return null
  }
}
