// Writing and checking operations: bodies as docs/spec/membership.md fixes them, signatures, consents and proofs (rule
// ME-2). A device signs only bodies built here, where what others chose is one field among its own.
import type { Bytes } from '../base/bytes.ts'
import { encode, type Encodable } from '../base/codec.ts'
import { type DeviceId, idBytes, type MemberId, type OperationId, type SpaceId } from '../base/ids.ts'
import { unwrap } from '../base/result.ts'
import type { Crypto, SignKeys } from '../crypto/index.ts'
import { decodeOperation } from './decode.ts'
import { CONSENT, INVITATION_PROOF, OPERATION } from './labels.ts'
import type { DeviceCutoff, Operation, OperationFields, OperationOf, SignedRecord, VerifiedOperation } from './types.ts'

type Signer = Pick<Crypto, 'hash' | 'sign'>

/** A newcomer's own keys as she offers them. */
export interface Newcomer {
  readonly target: DeviceId
  readonly box: Bytes
  readonly recovery: DeviceId | null
}

/** Where the next operation stands: `MembershipGraph.draft` gives all but the time. */
export interface Draft {
  readonly space: SpaceId
  readonly parents: readonly OperationId[]
  readonly seq: number
  readonly prev: OperationId | null
  readonly time: number
}

export interface Built {
  readonly operation: VerifiedOperation
  readonly record: SignedRecord
}

const recoveryBytes = (recovery: DeviceId | null): Bytes => (recovery === null ? new Uint8Array(32) : idBytes(recovery))
const orNull = (id: DeviceId | OperationId | null): Bytes | null => (id === null ? null : idBytes(id))
const cutoffItems = (cutoffs: readonly DeviceCutoff[]): Encodable =>
  cutoffs.map(({ device, seq, id }) => ({ device: idBytes(device), seq, id: orNull(id) }))

function bodyFields(fields: OperationFields): Readonly<Record<string, Encodable>> {
  switch (fields.op) {
    case 'create':
      return { member: idBytes(fields.member), box: fields.box, recovery: orNull(fields.recovery), nonce: fields.nonce }
    case 'admit': {
      const { role, box, proof, consent } = fields
      const ids = {
        member: idBytes(fields.member),
        target: idBytes(fields.target),
        invitation: idBytes(fields.invitation),
      }
      return { ...ids, role, box, proof, consent, recovery: orNull(fields.recovery) }
    }
    case 'add-device':
      return {
        member: idBytes(fields.member),
        target: idBytes(fields.target),
        box: fields.box,
        consent: fields.consent,
      }
    case 'rotate-device':
      return { box: fields.box }
    case 'suspend': {
      const { cutoff } = fields
      return { target: idBytes(fields.target), cutoff: cutoff && { seq: cutoff.seq, id: orNull(cutoff.id) } }
    }
    case 'resume':
      return { target: idBytes(fields.target) }
    case 'remove':
      return { member: idBytes(fields.member), cutoffs: cutoffItems(fields.cutoffs) }
    case 'set-role':
      return { member: idBytes(fields.member), role: fields.role, cutoffs: cutoffItems(fields.cutoffs) }
    case 'cosign':
      return { of: idBytes(fields.of), verdict: fields.verdict }
    case 'merge':
      return {}
    case 'set-relays':
      return { relays: fields.relays }
    case 'successor':
      return { to: idBytes(fields.to), seed: fields.seed, relays: fields.relays }
  }
}

async function signed(crypto: Signer, keys: SignKeys, body: Bytes): Promise<Built> {
  const record = { body, signature: await crypto.sign(OPERATION, keys, body) }
  // What this file wrote decodes, or the caller gave values outside the format: a bug, so it throws.
  const operation = unwrap(decodeOperation(crypto, record)) as VerifiedOperation
  return { operation, record }
}

/** Signs any operation but `create`. Throws when the fields do not make an operation: a bug of the caller. */
export function buildOperation(
  crypto: Signer,
  keys: SignKeys,
  draft: Draft,
  fields: Exclude<OperationFields, { op: 'create' }>,
): Promise<Built> {
  const place = {
    v: 1,
    op: fields.op,
    device: keys.publicKey,
    seq: draft.seq,
    prev: orNull(draft.prev),
    time: draft.time,
  }
  const links = { space: idBytes(draft.space), parents: draft.parents.map(idBytes) }
  return signed(crypto, keys, encode({ ...place, ...links, ...bodyFields(fields) }))
}

/** A new space: its founder's first operation. The space's id is `operation.space`. */
export function createSpace(
  crypto: Signer & Pick<Crypto, 'random'>,
  keys: SignKeys,
  founder: {
    readonly member: MemberId
    readonly box: Bytes
    readonly recovery: DeviceId | null
    readonly time: number
  },
): Promise<Built> {
  const { member, box, recovery, time } = founder
  const fields = bodyFields({ op: 'create', member, box, recovery, nonce: crypto.random.bytes(32) })
  return signed(
    crypto,
    keys,
    encode({ v: 1, op: 'create', device: keys.publicKey, seq: 0, prev: null, time, ...fields }),
  )
}

/** The newcomer's word that these keys are hers, for `admit`. */
export function signConsent(
  crypto: Signer,
  keys: SignKeys,
  space: SpaceId,
  box: Bytes,
  recovery: DeviceId | null,
): Promise<Bytes> {
  return crypto.sign(CONSENT, keys, idBytes(space), keys.publicKey, box, recoveryBytes(recovery))
}

/** The new device's word that it belongs to `member`, for `add-device`. */
export function signDeviceConsent(
  crypto: Signer,
  keys: SignKeys,
  space: SpaceId,
  box: Bytes,
  member: MemberId,
): Promise<Bytes> {
  return crypto.sign(CONSENT, keys, idBytes(space), keys.publicKey, box, idBytes(member))
}

/** The invitation's word for these keys, for `admit`. */
export function signProof(crypto: Signer, invitation: SignKeys, space: SpaceId, newcomer: Newcomer): Promise<Bytes> {
  const { target, box, recovery } = newcomer
  return crypto.sign(INVITATION_PROOF, invitation, idBytes(space), idBytes(target), box, recoveryBytes(recovery))
}

type Verifier = Pick<Crypto, 'verify'>

/** Whether the newcomer's consent and the invitation's proof hold: for a knock before anybody admits, and for `admit`. */
export async function verifyNewcomer(
  crypto: Verifier,
  space: SpaceId,
  knock: Newcomer & Pick<OperationOf<'admit'>, 'invitation' | 'proof' | 'consent'>,
): Promise<boolean> {
  const target = idBytes(knock.target)
  const parts = [idBytes(space), target, knock.box, recoveryBytes(knock.recovery)]
  const consents = await crypto.verify(CONSENT, target, knock.consent, ...parts)
  return consents && (await crypto.verify(INVITATION_PROOF, idBytes(knock.invitation), knock.proof, ...parts))
}

/** Whether the new device says itself that it belongs to that member: before anybody adds it, and for `add-device`. */
export function verifyDeviceConsent(
  crypto: Verifier,
  space: SpaceId,
  added: Pick<OperationOf<'add-device'>, 'target' | 'box' | 'member' | 'consent'>,
): Promise<boolean> {
  const target = idBytes(added.target)
  return crypto.verify(CONSENT, target, added.consent, idBytes(space), target, added.box, idBytes(added.member))
}

/** The operation as verified when signature, consent and proof hold; null otherwise. Says nothing about being allowed. */
export async function verifyOperation(crypto: Verifier, operation: Operation): Promise<VerifiedOperation | null> {
  const { record, device, space } = operation
  if (!(await crypto.verify(OPERATION, idBytes(device), record.signature, record.body))) return null
  if (operation.op === 'admit' && !(await verifyNewcomer(crypto, space, operation))) return null
  if (operation.op === 'add-device' && !(await verifyDeviceConsent(crypto, space, operation))) return null
  return operation as VerifiedOperation
}
