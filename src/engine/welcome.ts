// The welcome: all that a device needs to enter a space it was let into, sealed to its box key and the seed of the invitation or
// link, and signed by the device that lets in (rules JO-9, JO-12). Opening says who signed; whether she may, the graph says later.
import * as v from 'valibot'
import { type Bytes, concat } from '../base/bytes.ts'
import { encode } from '../base/codec.ts'
import { DeviceId, idBytes, type InvitationId, type MemberId, SpaceId } from '../base/ids.ts'
import { type BoxKeys, type Crypto, labels } from '../crypto/index.ts'
import { MAX_GENERATION } from './generations.ts'
import { type Meeting, parseSealed, type Said } from './meeting.ts'
import type { Space } from './space.ts'

const bytes = (length: number) => v.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length)
const some = v.custom<Bytes>((value) => value instanceof Uint8Array)

const welcome = v.strictObject({
  space: bytes(32),
  seed: bytes(32),
  create: v.strictTuple([some, bytes(64)]),
  member: bytes(16),
  secrets: v.pipe(v.array(bytes(32)), v.minLength(1), v.maxLength(4_096)),
  epoch: bytes(32),
  relays: v.pipe(v.array(v.pipe(v.string(), v.maxLength(256))), v.maxLength(8)),
  /** Of each epoch whose channel has moved on: its generation, and the statement in force from there. Empty: nothing was compacted, all is
   * in the entries (JO-32). */
  generations: v.pipe(
    v.array(
      v.strictObject({
        epoch: bytes(32),
        number: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_GENERATION)),
        statement: v.nullable(bytes(32)),
      }),
    ),
    v.maxLength(4_096),
  ),
  /** The seed of the recovery kit, between devices of one person; null otherwise. */
  kit: v.nullable(bytes(16)),
})
export type Welcome = v.InferOutput<typeof welcome>

const signed = v.strictObject({ body: some, from: bytes(32), signature: bytes(64) })

/** A welcome whose signature holds: `from` says so. */
export interface OpenedWelcome extends Welcome {
  readonly from: DeviceId
}

/** By which invitation or link. */
export interface By {
  readonly id: InvitationId
  readonly seed: Bytes
}

export interface Recipient {
  readonly device: DeviceId
  readonly box: Bytes
}

const context = (space: SpaceId, by: By) => concat(idBytes(space), idBytes(by.id))

/** What the space is now, for a device that is in it. Null while there is no epoch in use. */
export function welcomeOf(space: Space, member: MemberId, kit: Bytes | null): Welcome | null {
  const now = space.current()
  if (now === null) return null
  return {
    space: idBytes(space.id),
    seed: space.record.seed,
    create: space.record.create,
    member: idBytes(member),
    secrets: [...space.ring.readable(space.graph).values()],
    epoch: idBytes(now.epoch),
    relays: [...space.relays],
    generations: space.snapshots.generations(),
    kit,
  }
}

export async function sealWelcome(
  crypto: Crypto,
  from: Space['keys'],
  to: Recipient,
  by: By,
  value: Welcome,
): Promise<Said> {
  const body = encode(value)
  const signature = await crypto.sign(labels.WELCOME_SIGNATURE, from.sign, idBytes(by.id), idBytes(to.device), body)
  const whole = encode({ body, from: from.sign.publicKey, signature })
  const bound = context(SpaceId.must(value.space), by)
  const sealed = await crypto.sealTo(to.box, labels.WELCOME, bound, whole, by.seed)
  return { kind: 'welcome', v: 1, to: idBytes(to.device), sealed }
}

/** Null unless it opens, is signed, and is of this space. */
export async function openWelcome(
  crypto: Crypto,
  box: BoxKeys,
  space: SpaceId,
  by: By,
  said: Extract<Said, { kind: 'welcome' }>,
): Promise<OpenedWelcome | null> {
  const plaintext = await crypto.openFrom(box, labels.WELCOME, context(space, by), said.sealed, by.seed)
  const outer = parseSealed(signed, plaintext)
  const inner = parseSealed(welcome, outer?.body ?? null)
  if (outer === null || inner === null || SpaceId.of(inner.space) !== space) return null
  const parts = [idBytes(by.id), said.to, outer.body]
  if (!(await crypto.verify(labels.WELCOME_SIGNATURE, outer.from, outer.signature, ...parts))) return null
  return { ...inner, from: DeviceId.must(outer.from) }
}

/** The welcome said to a device, if there is one. */
export function welcomeTo(meeting: Meeting, device: DeviceId): Said | null {
  const to = (said: Said) => said.kind === 'welcome' && DeviceId.of(said.to) === device
  return meeting.said().find(([, said]) => to(said))?.[1] ?? null
}
