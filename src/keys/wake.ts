// Wake files: what a member's device needs when it shares no channel with anybody any more, sealed to that device (rule KE-15).
// Holds signed records only, so it makes nothing true that they do not; whoever opens it checks each as if it came in an entry.
import { type Bytes, concat } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { DeviceId, type EpochId, idBytes, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { BoxKeys, Crypto } from '../crypto/index.ts'
import type { MembershipGraph, SignedRecord } from '../membership/index.ts'
import { WAKE } from './labels.ts'
import { MAX_BODY, MAX_WAKE, MAX_WAKE_RELAYS, MAX_RELAY_LENGTH } from './limits.ts'
import type { EpochRing } from './ring.ts'
import { ancestors } from './validity.ts'

export interface WakeContent {
  /** In causal order. */
  readonly operations: readonly SignedRecord[]
  readonly keys: readonly SignedRecord[]
  readonly relays: readonly string[]
}

/** What anybody can read of a wake file: for which device of which space it is. */
export interface Wake {
  readonly space: SpaceId
  readonly device: DeviceId
  readonly sealed: Bytes
}

export type WakeError =
  | { readonly type: 'TooLarge' }
  /** No wake file, or a damaged one. */
  | { readonly type: 'Malformed' }
  | { readonly type: 'NewerVersion' }
  /** Sealed to another device, or for another space seed, or changed on the way. */
  | { readonly type: 'NotForThisDevice' }

const contextOf = (space: SpaceId, device: DeviceId) => concat(idBytes(space), idBytes(device))

/**
 * The records that bring a device from the epochs it last had to those of now; all when it is not known which it had. Where it lacks
 * the epoch in use (`lacking`), add a grant.
 */
export function wakeRecords(
  graph: MembershipGraph,
  ring: EpochRing,
  device: DeviceId,
  since: readonly EpochId[],
): Pick<WakeContent, 'operations' | 'keys'> {
  const last = since.flatMap((id) => ring.epoch(graph, id) ?? [])
  const had = ancestors(last)
  for (const epoch of last) had.add(epoch)
  const later = ring.epochs(graph).filter((epoch) => !had.has(epoch))
  const tips = new Set(ring.tips().map(({ epoch }) => epoch))
  const keys = [...later]
    .sort((a, b) => a.ordinal - b.ordinal || (a.id < b.id ? -1 : 1))
    .flatMap(({ rekey, id }) => {
      // The last ones bring the older secrets; of the others the statement is enough to judge by.
      const parts = tips.has(id) ? ring.partsOf(rekey) : []
      return [rekey, ...parts, ...ring.grants(id).filter(({ to }) => to === device)]
    })
  return { operations: graph.records(), keys: keys.map(({ record }) => record) }
}

/** `box`: the device's box key in the resolved state. */
export async function sealWake(
  crypto: Crypto,
  to: { readonly space: SpaceId; readonly device: DeviceId; readonly box: Bytes; readonly spaceSeed: Bytes },
  content: WakeContent,
): Promise<Result<Bytes, { readonly type: 'TooLarge' }>> {
  const { space, device, box, spaceSeed } = to
  const pairs = (records: readonly SignedRecord[]) => records.map(({ body, signature }) => [body, signature])
  const { operations, keys, relays } = content
  const plaintext = encode({ v: 1, operations: pairs(operations), keys: pairs(keys), relays: [...relays] })
  const sealed = await crypto.sealTo(box, WAKE, contextOf(space, device), plaintext, spaceSeed)
  const file = encode({ v: 1, space: idBytes(space), device: idBytes(device), sealed })
  return file.length > MAX_WAKE ? err({ type: 'TooLarge' }) : ok(file)
}

type Fields = Readonly<Record<string, unknown>>

function readMap(bytes: Bytes, keys: readonly string[]): Result<Fields, WakeError> {
  const decoded = decode(bytes)
  const value = decoded.ok ? decoded.value : null
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return err({ type: 'Malformed' })
  }
  const fields = value as Fields
  if (typeof fields['v'] === 'number' && fields['v'] > 1) return err({ type: 'NewerVersion' })
  const whole = fields['v'] === 1 && Object.keys(fields).sort().join() === ['v', ...keys].sort().join()
  return whole ? ok(fields) : err({ type: 'Malformed' })
}

/** Errors: `TooLarge`, `Malformed`, `NewerVersion`. */
export function readWake(file: Bytes): Result<Wake, WakeError> {
  if (file.length > MAX_WAKE) return err({ type: 'TooLarge' })
  const read = readMap(file, ['space', 'device', 'sealed'])
  if (!read.ok) return read
  const { space, device, sealed } = read.value
  const names = {
    space: space instanceof Uint8Array ? SpaceId.of(space) : null,
    device: device instanceof Uint8Array ? DeviceId.of(device) : null,
  }
  if (names.space === null || names.device === null || !(sealed instanceof Uint8Array))
    return err({ type: 'Malformed' })
  return ok({ space: names.space, device: names.device, sealed })
}

function readRecords(value: unknown): SignedRecord[] | null {
  if (!Array.isArray(value)) return null
  const records: SignedRecord[] = []
  for (const item of value as readonly unknown[]) {
    const [body, signature, ...more] = Array.isArray(item) ? (item as readonly unknown[]) : []
    if (!(body instanceof Uint8Array) || body.length === 0 || body.length > MAX_BODY || more.length > 0) return null
    if (!(signature instanceof Uint8Array) || signature.length !== 64) return null
    records.push({ body, signature })
  }
  return records
}

const isRelay = (item: unknown): item is string => typeof item === 'string' && item.length <= MAX_RELAY_LENGTH

/** What is sealed in it. None of it is verified. Errors: `NotForThisDevice`, `Malformed`, `NewerVersion`. */
export async function openWake(
  crypto: Crypto,
  wake: Wake,
  own: { readonly boxes: readonly BoxKeys[]; readonly spaceSeed: Bytes },
): Promise<Result<WakeContent, WakeError>> {
  const context = contextOf(wake.space, wake.device)
  let plaintext: Bytes | null = null
  for (const box of own.boxes) plaintext ??= await crypto.openFrom(box, WAKE, context, wake.sealed, own.spaceSeed)
  if (plaintext === null) return err({ type: 'NotForThisDevice' })
  const read = readMap(plaintext, ['operations', 'keys', 'relays'])
  if (!read.ok) return read
  const [operations, keys] = [readRecords(read.value['operations']), readRecords(read.value['keys'])]
  const relays: unknown = read.value['relays']
  if (operations === null || keys === null || !Array.isArray(relays)) return err({ type: 'Malformed' })
  if (relays.length > MAX_WAKE_RELAYS || !relays.every(isRelay)) return err({ type: 'Malformed' })
  return ok({ operations, keys, relays })
}
