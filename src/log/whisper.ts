// Whispers: who is here and where, said once, never stored. Owns their sealed and signed form and the window that refuses what
// was said before; never opens as an entry and no entry opens as a whisper, because their labels differ (EN-13, EN-14).
import { type Bytes, equal, toHex } from '../base/bytes.ts'
import { decode, type Encodable, encode } from '../base/codec.ts'
import { DeviceId, type EpochId, idBytes, type SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Crypto, SignKeys } from '../crypto/index.ts'
import { openWithAny, outerFault, outerLength, sealEnvelope } from './envelope.ts'
import { PAYLOAD, WHISPER, WHISPER_HEADER } from './labels.ts'
import { MAX_WHISPER_BYTES } from './limits.ts'

export interface Whisper {
  readonly space: SpaceId
  readonly epoch: EpochId
  readonly device: DeviceId
  /** 16 random bytes, fresh at each start of the engine. */
  readonly session: Bytes
  /** From 0, one more with each whisper of the session. */
  readonly counter: number
  /** Milliseconds; for people only. */
  readonly time: number
  readonly payload: unknown
}

export type WhisperError =
  | { readonly type: 'NoSecret' }
  | { readonly type: 'Malformed' }
  | { readonly type: 'BadSignature' }
  | { readonly type: 'WrongSpace' }

export interface WhisperInput {
  readonly secret: Bytes
  readonly sign: SignKeys
  readonly fields: Omit<Whisper, 'device' | 'payload'>
  readonly payload: Encodable
}

export async function sealWhisper(
  crypto: Crypto,
  input: WhisperInput,
): Promise<Result<Bytes, { readonly type: 'TooLarge' }>> {
  const { secret, sign, fields } = input
  const payload = encode(input.payload)
  const header = encode({
    v: 1,
    kind: 'whisper',
    space: idBytes(fields.space),
    epoch: idBytes(fields.epoch),
    device: sign.publicKey,
    session: fields.session,
    counter: fields.counter,
    time: fields.time,
    payload: crypto.hash(PAYLOAD, payload),
  })
  const inner = encode([header, await crypto.sign(WHISPER_HEADER, sign, header), payload])
  if (outerLength(inner.length) > MAX_WHISPER_BYTES) return err({ type: 'TooLarge' })
  return ok(sealEnvelope(crypto, secret, WHISPER, inner))
}

const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isBytes = (value: unknown, length: number): value is Bytes =>
  value instanceof Uint8Array && value.length === length

interface Parsed {
  readonly whisper: Whisper
  readonly space: Bytes
  readonly header: Bytes
  readonly signature: Bytes
}

function parse(crypto: Crypto, inner: Bytes, space: SpaceId, epoch: EpochId): Parsed | null {
  const parts = decode(inner)
  if (!parts.ok || !Array.isArray(parts.value) || parts.value.length !== 3) return null
  const [header, signature, payload] = parts.value as readonly unknown[]
  if (!(header instanceof Uint8Array) || !isBytes(signature, 64) || !(payload instanceof Uint8Array)) return null
  const fields = decode(header)
  const said = decode(payload)
  if (!fields.ok || !said.ok || typeof fields.value !== 'object' || fields.value === null) return null
  const map = fields.value as Readonly<Record<string, unknown>>
  const { v, kind, device, session, counter, time } = map
  if (v !== 1 || kind !== 'whisper' || !isBytes(device, 32) || !isBytes(session, 16)) return null
  if (!isBytes(map['space'], 32) || !isBytes(map['epoch'], 32) || !isBytes(map['payload'], 32)) return null
  if (!equal(map['epoch'], idBytes(epoch)) || !equal(map['payload'], crypto.hash(PAYLOAD, payload))) return null
  if (!isWhole(counter) || !isWhole(time) || Object.keys(map).length !== 9) return null
  const whisper = { space, epoch, device: DeviceId.must(device), session, counter, time, payload: said.value }
  return { whisper, space: map['space'], header, signature }
}

/** Whether `device` may speak in the space, and whether it said so before, is the caller's to ask (`ReplayWindow`). */
export async function openWhisper(
  crypto: Crypto,
  outer: Bytes,
  secrets: ReadonlyMap<EpochId, Bytes>,
  space: SpaceId,
): Promise<Result<Whisper, WhisperError>> {
  if (outer.length > MAX_WHISPER_BYTES || outerFault(outer) !== null) return err({ type: 'Malformed' })
  const opened = openWithAny(crypto, secrets, WHISPER, outer)
  if (opened === null) return err({ type: 'NoSecret' })
  const parsed = opened.plaintext === null ? null : parse(crypto, opened.plaintext, space, opened.epoch)
  if (parsed === null) return err({ type: 'Malformed' })
  const { whisper, header, signature } = parsed
  const signed = await crypto.verify(WHISPER_HEADER, idBytes(whisper.device), signature, header)
  if (!signed) return err({ type: 'BadSignature' })
  return equal(parsed.space, idBytes(space)) ? ok(whisper) : err({ type: 'WrongSpace' })
}

const SESSIONS_PER_DEVICE = 16
const WINDOW = 64n
const MASK = (1n << WINDOW) - 1n

/** Newest counter of a session and, bit by bit, which of the 64 up to it were heard. */
interface Heard {
  readonly newest: number
  readonly bits: bigint
}

/**
 * Accepts each (device, session, counter) once. Memory is bounded: 16 sessions for each device, the least recently heard
 * forgotten first (only her own sessions push out hers). Call it for verified whispers of known devices only.
 */
export class ReplayWindow {
  private readonly devices = new Map<DeviceId, Map<string, Heard>>()

  accept(whisper: Pick<Whisper, 'device' | 'session' | 'counter'>): boolean {
    const sessions = this.devices.get(whisper.device) ?? new Map<string, Heard>()
    this.devices.set(whisper.device, sessions)
    const name = toHex(whisper.session)
    const next = advance(sessions.get(name), whisper.counter)
    if (next === null) return false
    sessions.delete(name)
    sessions.set(name, next)
    if (sessions.size > SESSIONS_PER_DEVICE)
      for (const oldest of [...sessions.keys()].slice(0, 1)) sessions.delete(oldest)
    return true
  }

  /** For a device that left. */
  forget(device: DeviceId): void {
    this.devices.delete(device)
  }
}

/** null when the counter was heard, or is too far behind to know. */
function advance(heard: Heard | undefined, counter: number): Heard | null {
  if (heard === undefined) return { newest: counter, bits: 1n }
  const ahead = counter - heard.newest
  if (ahead > 0)
    return { newest: counter, bits: BigInt(ahead) >= WINDOW ? 1n : ((heard.bits << BigInt(ahead)) | 1n) & MASK }
  const bit = BigInt(-ahead)
  if (bit >= WINDOW || ((heard.bits >> bit) & 1n) === 1n) return null
  return { newest: heard.newest, bits: heard.bits | (1n << bit) }
}
