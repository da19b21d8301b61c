// Making key records: a rekey with its parts, a grant (rules KE-3, KE-4, KE-12). Wraps for exactly whom it is told; whether a
// record is valid is decided in validity.ts, who is owed one in lacking.ts.
import { type Bytes, concat } from '../base/bytes.ts'
import { encode, type Encodable } from '../base/codec.ts'
import { type DeviceId, type EpochId, idBytes, type KeyRecordId, type OperationId, type SpaceId } from '../base/ids.ts'
import { unwrap as must } from '../base/result.ts'
import type { Crypto, SignKeys } from '../crypto/index.ts'
import { activeDevices, type MembershipState, type SignedRecord } from '../membership/index.ts'
import { cut } from './content.ts'
import { epochIdOf, proofOf, sealOldSecrets, wrapKey, wrapSecret } from './epochs.ts'
import { KEYS } from './labels.ts'
import { MAX_OLD_SECRETS, SECRET_LENGTH, WRAP_LENGTH } from './limits.ts'
import { decodeKeyRecord, type Grant, type KeyRecord, type Part, type Rekey, type Verified } from './records.ts'

/** Agreements under way at one time, and between two pauses. */
const BATCH = 64

interface NewEpoch {
  readonly secret: Bytes
  readonly epoch: EpochId
  readonly ephemeral: { readonly secretKey: Bytes; readonly publicKey: Bytes }
  readonly spaceSeed: Bytes
}

async function wrapFor(crypto: Crypto, made: NewEpoch, device: DeviceId, box: Bytes): Promise<Bytes> {
  const { secret, epoch, ephemeral, spaceSeed } = made
  const key = await wrapKey(crypto, { secretKey: ephemeral.secretKey, publicKey: box }, { spaceSeed, epoch, device })
  // A device whose key cannot be agreed with gets bytes that open nowhere: the others must get theirs.
  return key === null ? crypto.random.bytes(WRAP_LENGTH) : wrapSecret(crypto, key, secret)
}

type Fields = Readonly<Record<string, Encodable>>

/** `more`: what follows from all the other fields. */
async function signed<Made extends KeyRecord>(
  crypto: Crypto,
  keys: SignKeys,
  rec: Made['rec'],
  fields: Fields,
  more: (statement: Fields) => Fields = () => ({}),
): Promise<Verified<Made>> {
  const statement = { v: 1, rec, device: keys.publicKey, ...fields }
  const body = encode({ ...statement, ...more(statement) })
  const record: SignedRecord = { body, signature: await crypto.sign(KEYS, keys, body) }
  return must(decodeKeyRecord(crypto, record)) as Verified<Made>
}

export interface RekeyInput {
  readonly space: SpaceId
  /** The membership at `covers`. */
  readonly state: MembershipState
  readonly covers: readonly OperationId[]
  readonly parents: readonly EpochId[]
  /** Every epoch secret known: the first `MAX_OLD_SECRETS` go along. */
  readonly secrets: readonly Bytes[]
  readonly keys: SignKeys
  readonly spaceSeed: Bytes
  readonly time: number
  /** Called between batches of wraps, so that a slow device can do other things. */
  readonly pause?: (() => Promise<void>) | undefined
}

export interface NewRekey {
  readonly rekey: Verified<Rekey>
  /** The rekey, then its parts: all for the ring. */
  readonly verified: readonly (Verified<Rekey> | Verified<Part>)[]
  /** The same, to be published in this order. */
  readonly records: readonly SignedRecord[]
  readonly epoch: EpochId
  readonly secret: Bytes
}

async function wrapAll(crypto: Crypto, made: NewEpoch, { state, pause }: RekeyInput): Promise<Bytes[]> {
  const devices = activeDevices(state)
  const wraps: Bytes[] = []
  for (let at = 0; at < devices.length; at += BATCH) {
    const batch = devices.slice(at, at + BATCH)
    const boxOf = (id: DeviceId) => state.devices.get(id)?.box ?? new Uint8Array(32)
    wraps.push(...(await Promise.all(batch.map((id) => wrapFor(crypto, made, id, boxOf(id))))))
    if (pause !== undefined && at + BATCH < devices.length) await pause()
  }
  return wraps
}

/** A new epoch for exactly the active devices of `state`. */
export async function sealRekey(crypto: Crypto, input: RekeyInput): Promise<NewRekey> {
  const { covers, parents, secrets, keys, spaceSeed } = input
  const secret = crypto.random.bytes(SECRET_LENGTH)
  const made = { secret, epoch: epochIdOf(crypto, secret), ephemeral: crypto.boxKeys(), spaceSeed }
  const wraps = await wrapAll(crypto, made, input)
  const nonce = crypto.random.bytes(24)
  const old = sealOldSecrets(crypto, secret, nonce, concat(...secrets.slice(0, MAX_OLD_SECRETS)))
  const content = concat(...wraps, old)
  const { data, pieces } = cut(content)
  const common = { space: idBytes(input.space), time: input.time }
  const parts: Verified<Part>[] = []
  for (const piece of pieces) parts.push(await signed<Part>(crypto, keys, 'part', { ...common, data: piece }))
  const statement = {
    ...common,
    epoch: idBytes(made.epoch),
    ephemeral: made.ephemeral.publicKey,
    covers: [...covers].sort().map(idBytes),
    parents: [...parents].sort().map(idBytes),
    recipients: wraps.length,
    size: content.length,
    data,
    parts: parts.map(({ id }: { readonly id: KeyRecordId }) => idBytes(id)),
    nonce,
  }
  const rekey = await signed<Rekey>(crypto, keys, 'rekey', statement, (all) => ({
    proof: proofOf(crypto, secret, all),
  }))
  const verified = [rekey, ...parts]
  return { rekey, verified, records: verified.map(({ record }) => record), epoch: made.epoch, secret }
}

export interface GrantInput {
  readonly space: SpaceId
  readonly to: DeviceId
  readonly box: Bytes
  readonly secret: Bytes
  readonly keys: SignKeys
  readonly spaceSeed: Bytes
  readonly time: number
}

/** One epoch's secret for an active device that lacks it. */
export async function grant(
  crypto: Crypto,
  input: GrantInput,
): Promise<{ readonly record: SignedRecord; readonly grant: Verified<Grant> }> {
  const { space, to, box, secret, keys, spaceSeed, time } = input
  const made = { secret, epoch: epochIdOf(crypto, secret), ephemeral: crypto.boxKeys(), spaceSeed }
  const given = await signed<Grant>(crypto, keys, 'grant', {
    space: idBytes(space),
    time,
    to: idBytes(to),
    epoch: idBytes(made.epoch),
    ephemeral: made.ephemeral.publicKey,
    wrap: await wrapFor(crypto, made, to, box),
  })
  return { record: given.record, grant: given }
}
