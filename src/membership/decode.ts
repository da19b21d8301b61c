// From the bytes of a record to a typed operation (rules ME-1, ME-2): canonical, bounded, exactly the fields of its kind,
// keys that both backends accept. Never throws on what it is given, and never says whether a signature is good.
import type { Bytes } from '../base/bytes.ts'
import { compare } from '../base/bytes.ts'
import { decode } from '../base/codec.ts'
import { DeviceId, InvitationId, MemberId, OperationId, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type Crypto, isAcceptableBoxKey, isAcceptablePoint } from '../crypto/index.ts'
import { OPERATION_ID, SPACE_ID } from './labels.ts'
import { MAX_BODY, MAX_DEVICES_PER_MEMBER, MAX_PARENTS, MAX_RELAY_LENGTH, MAX_RELAYS, MAX_SEQ } from './limits.ts'
import type { Cutoff, DeviceCutoff, Operation, OperationFields, OperationPlace, Role, SignedRecord } from './types.ts'

export type OperationError =
  | { readonly type: 'TooLarge' }
  | { readonly type: 'NotCanonical' }
  | { readonly type: 'UnknownOperation' }
  | { readonly type: 'BadField'; readonly field: string }

/** Thrown and caught in this file only. */
class Refused extends Error {
  constructor(readonly field: string) {
    super(field)
  }
}

type Body = Readonly<Record<string, unknown>>
type Read<T> = (value: unknown, field: string) => T

function check<T>(value: T | null | undefined | false, field: string): T {
  if (value === null || value === undefined || value === false) throw new Refused(field)
  return value
}

const bytesOf =
  (length: number): Read<Bytes> =>
  (value, field) =>
    check(value instanceof Uint8Array && value.length === length && value, field)
const point: Read<Bytes> = (value, field) =>
  check(value instanceof Uint8Array && isAcceptablePoint(value) && value, field)
const boxKey: Read<Bytes> = (value, field) =>
  check(value instanceof Uint8Array && isAcceptableBoxKey(value) && value, field)
const operationId: Read<OperationId> = (value, field) => OperationId.must(bytesOf(32)(value, field))
const memberId: Read<MemberId> = (value, field) => MemberId.must(bytesOf(16)(value, field))
const deviceId: Read<DeviceId> = (value, field) => DeviceId.must(point(value, field))
const orNull =
  <T>(read: Read<T>): Read<T | null> =>
  (value, field) =>
    value === null ? null : read(value, field)
const flag: Read<boolean> = (value, field) => {
  check(typeof value === 'boolean', field)
  return value === true
}

const whole =
  (low: number, high: number): Read<number> =>
  (value, field) => {
    check(typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high, field)
    return value as number
  }

const role: Read<Role> = (value, field) =>
  check((value === 'coordinator' || value === 'editor' || value === 'reader') && value, field)

/** Items in strictly ascending order of `key`, `low` to `high` of them. */
function ascending<T>(
  value: unknown,
  field: string,
  low: number,
  high: number,
  read: Read<T>,
  key: (item: T) => string,
): T[] {
  const list: readonly unknown[] = check(Array.isArray(value) && value, field)
  check(list.length >= low && list.length <= high, field)
  const items = list.map((item) => read(item, field))
  check(
    items.every((item, i) => i === 0 || key(items[i - 1] as T) < key(item)),
    field,
  )
  return items
}

/** A map with these keys and no other. */
function fieldsOf(value: unknown, names: readonly string[], field: string): Body {
  check(typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array), field)
  const body = value as Body
  const has = Object.keys(body)
  check(has.length === names.length && names.every((name) => Object.hasOwn(body, name)), field)
  return body
}

/** -1: none of them. */
const position = whole(-1, MAX_SEQ)

function cutoffIn(body: Body, field: string): Cutoff {
  const seq = position(body['seq'], field)
  const id = orNull(operationId)(body['id'], field)
  check((seq === -1) === (id === null), field)
  return { seq, id }
}

const deviceCutoff: Read<DeviceCutoff> = (value, field) => {
  const body = fieldsOf(value, ['device', 'seq', 'id'], field)
  return { device: deviceId(body['device'], field), ...cutoffIn(body, field) }
}
const cutoffs: Read<DeviceCutoff[]> = (value, field) =>
  ascending(value, field, 0, MAX_DEVICES_PER_MEMBER, deviceCutoff, (item) => item.device)

const cutoffOrNull: Read<Cutoff | null> = (value, field) => {
  if (value === null) return null
  const cutoff = cutoffIn(fieldsOf(value, ['seq', 'id'], field), field)
  check(cutoff.id !== null, field)
  return cutoff
}

const relays: Read<readonly string[]> = (value, field) => {
  const list: readonly unknown[] = check(Array.isArray(value) && value.length <= MAX_RELAYS && value, field)
  return list.map((item) =>
    check(typeof item === 'string' && item.length > 0 && item.length <= MAX_RELAY_LENGTH && item, field),
  )
}

const invitation: Read<InvitationId> = (value, field) => InvitationId.must(point(value, field))
const space: Read<SpaceId> = (value, field) => SpaceId.must(bytesOf(32)(value, field))

/** Which reader each further field of each kind has. */
const KINDS: Readonly<Record<OperationFields['op'], Readonly<Record<string, Read<unknown>>>>> = {
  create: { member: memberId, box: boxKey, recovery: orNull(deviceId), nonce: bytesOf(32) },
  admit: {
    member: memberId,
    role,
    target: deviceId,
    box: boxKey,
    recovery: orNull(deviceId),
    invitation,
    proof: bytesOf(64),
    consent: bytesOf(64),
  },
  'add-device': { member: memberId, target: deviceId, box: boxKey, consent: bytesOf(64) },
  'rotate-device': { box: boxKey },
  suspend: { target: deviceId, cutoff: cutoffOrNull },
  resume: { target: deviceId },
  remove: { member: memberId, cutoffs },
  'set-role': { member: memberId, role, cutoffs },
  cosign: { of: operationId, verdict: flag },
  merge: {},
  'set-relays': { relays },
  successor: { to: space, seed: bytesOf(32), relays },
}

const PLACE: Readonly<Record<string, Read<unknown>>> = {
  device: deviceId,
  seq: whole(0, MAX_SEQ),
  prev: orNull(operationId),
  time: whole(0, Number.MAX_SAFE_INTEGER),
}
const parents: Read<OperationId[]> = (value, field) => ascending(value, field, 1, MAX_PARENTS, operationId, (id) => id)

function read(hash: Crypto['hash'], body: Bytes, value: unknown): OperationFields & OperationPlace {
  const op = (value as { op?: unknown } | null)?.op
  if (typeof op !== 'string' || !Object.hasOwn(KINDS, op)) throw new Refused('op')
  const kind = KINDS[op as OperationFields['op']]
  const own: Readonly<Record<string, Read<unknown>>> = op === 'create' ? {} : { space, parents }
  const readers = { ...PLACE, ...own, ...kind }
  const raw = fieldsOf(value, ['v', 'op', ...Object.keys(readers)], 'fields')
  check(raw['v'] === 1, 'v')
  const fields: Record<string, unknown> = { op }
  for (const [name, reader] of Object.entries(readers)) fields[name] = reader(raw[name], name)
  check((fields['seq'] === 0) === (fields['prev'] === null), 'prev')
  if (op === 'create') {
    check(fields['seq'] === 0, 'seq')
    Object.assign(fields, { space: SpaceId.must(hash(SPACE_ID, body)), parents: [] })
  }
  return fields as unknown as OperationFields & OperationPlace
}

/** Shape only. Errors: `TooLarge`, `NotCanonical`, `UnknownOperation`, `BadField` with the field's name. */
export function decodeOperation(crypto: Pick<Crypto, 'hash'>, record: SignedRecord): Result<Operation, OperationError> {
  if (record.body.length > MAX_BODY) return err({ type: 'TooLarge' })
  if (record.signature.length !== 64) return err({ type: 'BadField', field: 'signature' })
  const value = decode(record.body)
  if (!value.ok) return err({ type: 'NotCanonical' })
  try {
    const fields = read(crypto.hash, record.body, value.value)
    return ok({ ...fields, id: OperationId.must(crypto.hash(OPERATION_ID, record.body)), record })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return err(error.field === 'op' ? { type: 'UnknownOperation' } : { type: 'BadField', field: error.field })
  }
}

/** Ascending, each once. */
export function sortedIds<T extends string>(ids: Iterable<T>): T[] {
  return [...new Set(ids)].sort()
}

export const sameBytes = (a: Bytes, b: Bytes): boolean => compare(a, b) === 0
