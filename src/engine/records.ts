// What the engine keeps of itself between sessions, sealed by the store beneath: one record per space and per joining,
// and one for the person. Owns their shapes and codecs; a damaged record is an error, never a guess.
import * as v from 'valibot'
import type { Bytes } from '../base/bytes.ts'
import { decode, encode, type Encodable } from '../base/codec.ts'

const bytes = (length: number) => v.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length)
const role = v.picklist(['coordinator', 'editor', 'reader'])
const mode = v.picklist(['open', 'confirm'])
const device = v.object({ seed: bytes(32), box: bytes(32) })

const invitation = v.object({
  id: bytes(32),
  seed: bytes(32),
  mode,
  role,
  note: v.string(),
  createdAt: v.number(),
  /** `closed`: used, and its meeting channel is listened to no more. */
  state: v.picklist(['open', 'used', 'closed', 'cancelled']),
  /** Devices whose knock was refused here. */
  refused: v.array(bytes(32)),
  /** The member whose place the newcomer takes. */
  replaces: v.nullable(bytes(16)),
  /** The device that was let in, and when. */
  used: v.nullable(v.object({ by: bytes(32), at: v.number() })),
})
export type InvitationRecord = v.InferOutput<typeof invitation>

const candidate = v.object({
  /** The device that signed it. */
  from: bytes(32),
  entry: bytes(32),
  seed: bytes(32),
  secrets: v.array(bytes(32)),
  kit: v.nullable(bytes(16)),
  generations: v.optional(
    v.array(v.object({ epoch: bytes(32), number: v.number(), statement: v.nullable(bytes(32)) })),
  ),
})

const continuation = v.object({
  /** The space that is left. */
  from: bytes(32),
  /** Of the `successor` operation there. */
  seed: bytes(32),
  /** Members there who may follow. */
  members: v.array(bytes(16)),
})
export type ContinuationRecord = v.InferOutput<typeof continuation>

/** Until a space that this device founds is whole: what is to be done, so that a start after a cut finishes it (founding.ts). */
const founding = v.object({
  name: v.string(),
  /** Documents of the space that is left, and what they are called here. */
  copies: v.array(v.object({ from: bytes(16), to: bytes(16) })),
})
export type FoundingRecord = v.InferOutput<typeof founding>

const space = v.object({
  v: v.literal(1),
  space: bytes(32),
  member: bytes(16),
  device,
  /** Where this device founded the space to go on from another. */
  continuation: v.optional(continuation),
  founding: v.optional(founding),
  /** Secret box keys before the present one, the latest first: what was sealed to them stays readable here. */
  formerBoxes: v.optional(v.array(bytes(32))),
  /** The create operation, by which the space is named: [body, signature]. */
  create: v.strictTuple([v.custom<Bytes>((b) => b instanceof Uint8Array), bytes(64)]),
  /** spaceSeed of keys.md. */
  seed: bytes(32),
  /** Every epoch secret known, in the order they became known. */
  secrets: v.array(bytes(32)),
  /** The epoch named by the welcome; null for the founder. */
  entry: v.nullable(bytes(32)),
  /** Relay addresses known before the graph says any (from the invitation), with tokens. */
  relays: v.array(v.string()),
  /** Relays of this device alone, with tokens. */
  ownRelays: v.optional(v.array(v.string())),
  invitations: v.array(invitation),
  /** Until the history is here: every welcome to this device, of which the graph will say whose counts. */
  welcomes: v.array(candidate),
  /** It was let in by a link between devices of one member, and brought no recovery key of its own. */
  linked: v.boolean(),
  /** How this device is to be called; empty once that stands in the index. */
  name: v.string(),
  joinedAt: v.number(),
  /** The whole history was here once. */
  loaded: v.boolean(),
  /** When a relay was last seen to hold the same, to the hour, and the epoch in use then. */
  step: v.optional(v.object({ at: v.number(), epoch: bytes(32) })),
  /** When it learned that others took it out, while they have (outside.ts). */
  outSince: v.optional(v.number()),
  /** Since when it was away, while what is written here waits for others to confirm the keys it found (KE-14). */
  away: v.optional(v.number()),
  /** When, so waiting, it was first in step. */
  looked: v.optional(v.number()),
  /**
   * Generations of channels that are reached, and the witness whose snapshots are in force from there; null: none of its own.
   * `promised`: the one that the welcome named, until it is judged.
   */
  generations: v.optional(
    v.array(
      v.object({
        epoch: bytes(32),
        number: v.number(),
        statement: v.nullable(bytes(32)),
        promised: v.optional(bytes(32)),
      }),
    ),
  ),
  /** Where a newcomer by snapshots came in: what older channels hold the snapshots brought. */
  floor: v.optional(v.object({ epoch: bytes(32), number: v.number() })),
  /** The snapshots failed: older channels are asked for raw entries. */
  history: v.optional(v.boolean()),
  /** Epochs this device is behind (KE-11), and since when it looked in vain for what they cover. */
  ahead: v.optional(v.array(v.object({ epoch: bytes(32), at: v.number() }))),
})
export type SpaceRecord = v.InferOutput<typeof space>

const joining = v.object({
  v: v.literal(1),
  /** The link as parsed: seed, knock box, mode, role, relays, space. */
  link: v.string(),
  device,
  at: v.number(),
  /** The seed of the meeting, where all who follow share one. */
  meeting: v.optional(bytes(32)),
  /** The knock's outer bytes, the same whenever it is sent again. */
  knock: v.custom<Bytes>((b) => b instanceof Uint8Array),
})
export type JoiningRecord = v.InferOutput<typeof joining>

const linking = v.variant('side', [
  v.object({
    v: v.literal(1),
    side: v.literal('giving'),
    link: v.string(),
    at: v.number(),
    /** The first answer, as it was sealed: what the words are computed from. */
    answer: v.nullable(v.custom<Bytes>((b) => b instanceof Uint8Array)),
    contested: v.boolean(),
    /** The words were the same. */
    confirmed: v.boolean(),
    done: v.boolean(),
  }),
  v.object({
    v: v.literal(1),
    side: v.literal('taking'),
    link: v.string(),
    at: v.number(),
    name: v.string(),
    /** Fresh keys, one pair for each space. */
    devices: v.array(v.object({ space: bytes(32), device })),
    /** The answer before it was sealed: the words are computed from it. */
    words: v.custom<Bytes>((b) => b instanceof Uint8Array),
    /** The answer, in the channel's outer form: the same bytes whenever it is sent again. */
    answer: v.custom<Bytes>((b) => b instanceof Uint8Array),
    /** The seed of the recovery kit that was typed here. */
    kit: v.nullable(bytes(16)),
  }),
])
export type LinkingRecord = v.InferOutput<typeof linking>
export type GivingRecord = Extract<LinkingRecord, { side: 'giving' }>
export type TakingRecord = Extract<LinkingRecord, { side: 'taking' }>

const person = v.object({
  v: v.literal(1),
  alias: v.string(),
  language: v.picklist(['es', 'en']),
  recovery: bytes(16),
  recoveryKitSeen: v.boolean(),
})
export type PersonRecord = v.InferOutput<typeof person>

function codec<T>(schema: v.GenericSchema<unknown, T>) {
  return {
    encode: (value: T): Bytes => encode(value as Encodable),
    /** null when damaged. */
    decode: (data: Bytes): T | null => {
      const decoded = decode(data)
      if (!decoded.ok) return null
      const parsed = v.safeParse(schema, decoded.value)
      return parsed.success ? parsed.output : null
    },
  }
}

export const spaceRecords = codec<SpaceRecord>(space)
export const joiningRecords = codec<JoiningRecord>(joining)
export const linkingRecords = codec<LinkingRecord>(linking)
export const personRecords = codec<PersonRecord>(person)
