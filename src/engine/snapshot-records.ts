// What a device remembers of a snapshot that it found sound: enough to know what it covers and who wrote what, without opening it
// again. Owns the stored form; a record that does not decode is none, and the snapshot is judged anew.
import * as v from 'valibot'
import { decode, encode } from '../base/codec.ts'
import type { Bytes } from '../base/bytes.ts'
import { ActorId, ChangeHash, DeviceId, DocumentId, EntryId, HeaderId } from '../base/ids.ts'

const id = <T extends string>(brand: { parse(text: string): T | null }) =>
  v.custom<T>((value) => typeof value === 'string' && brand.parse(value) !== null)
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const end = v.object({
  device: id(DeviceId),
  headerId: id(HeaderId),
  seq: whole,
  /** The device signed two headers for one position: only what is before this very header is covered. */
  exact: v.boolean(),
})
/** The end of what is covered of one chain. */
export type End = Readonly<v.InferOutput<typeof end>>

const kept = v.object({
  document: id(DocumentId),
  /** In their order. */
  entries: v.pipe(v.array(id(EntryId)), v.minLength(1)),
  heads: v.array(id(ChangeHash)),
  /** Of the save. */
  bytes: whole,
  /** When its newest entry was written, as its author says. */
  time: whole,
  ends: v.array(end),
  tips: v.array(v.object({ actor: id(ActorId), last: whole, hash: id(ChangeHash) })),
})
type Stored = v.InferOutput<typeof kept>
export type Kept = { readonly [K in keyof Stored]: Stored[K] extends (infer T)[] ? readonly T[] : Stored[K] }

export const keptSnapshots = {
  encode: (value: Kept): Bytes => encode(value),
  decode(bytes: Bytes): Kept | null {
    const decoded = decode(bytes)
    const parsed = decoded.ok ? v.safeParse(kept, decoded.value) : null
    return parsed?.success === true ? parsed.output : null
  },
}
