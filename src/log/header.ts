// The header of an entry: its fields per kind, to and from canonical CBOR. Owns which keys a kind has and their ranges
// (docs/spec/entries.md, "Inner form"); never believes a signature or compares with anything outside the header (EN-6).
import type { Bytes } from '../base/bytes.ts'
import { type Encodable, encode } from '../base/codec.ts'
import {
  ActorId,
  type AnyId,
  ChangeHash,
  DeviceId,
  DocumentId,
  EpochId,
  HeaderId,
  idBytes,
  OperationId,
  SpaceId,
} from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { MAX_CHANGES, MAX_HEADS } from './limits.ts'

export type Kind = 'op' | 'keys' | 'changes' | 'snapshot' | 'witness' | 'blob'

export interface Header {
  readonly kind: Kind
  readonly space: SpaceId
  /** The epoch whose secret seals it. */
  readonly epoch: EpochId
  readonly device: DeviceId
  /** Milliseconds; for people only. */
  readonly time: number
  /** H("telar/1/payload", payload), 32 bytes. */
  readonly payload: Bytes
  /** Graph heads seen, ascending, 1 to 16; undefined: the same as in the entry before in the chain. */
  readonly heads?: readonly OperationId[] | undefined
  readonly seq?: number | undefined
  readonly prev?: HeaderId | null | undefined
  readonly document?: DocumentId | undefined
  readonly actor?: ActorId | undefined
  /** 16 bytes, from which `actor` is derived (EN-7). */
  readonly nonce?: Bytes | undefined
  readonly first?: number | undefined
  readonly last?: number | undefined
  readonly hash?: ChangeHash | undefined
  /** 0: raw changes in a CBOR array; 1: an Automerge bundle. */
  readonly form?: 0 | 1 | undefined
}

export type HeaderError =
  /** From a newer version: an unknown kind, key or form (EN-6). */
  { readonly type: 'Unreadable'; readonly why: string } | { readonly type: 'BadField'; readonly field: string }

const COMMON = ['v', 'kind', 'space', 'epoch', 'device', 'time', 'payload']
const CHAIN = ['seq', 'prev']
const KEYS: Readonly<Record<Kind, readonly string[]>> = {
  op: COMMON,
  keys: COMMON,
  blob: COMMON,
  witness: [...COMMON, ...CHAIN, 'heads'],
  snapshot: [...COMMON, 'heads', 'document'],
  changes: [...COMMON, ...CHAIN, 'heads', 'document', 'actor', 'nonce', 'first', 'last', 'hash', 'form'],
}

const isKind = (kind: string): kind is Kind => Object.hasOwn(KEYS, kind)

type Fields = Readonly<Record<string, unknown>>

/** Collects the names of fields that are missing or out of range while the header is built. */
class Reader {
  fault: string | null = null
  constructor(private readonly fields: Fields) {}

  private fail(field: string): undefined {
    this.fault ??= field
    return undefined
  }

  bytes(field: string, length: number): Bytes | undefined {
    const value = this.fields[field]
    return value instanceof Uint8Array && value.length === length ? value : this.fail(field)
  }

  id<T>(field: string, brand: { of(bytes: Bytes): T | null }): T | undefined {
    const value = this.fields[field]
    const id = value instanceof Uint8Array ? brand.of(value) : null
    return id ?? this.fail(field)
  }

  whole(field: string, least: number): number | undefined {
    const value = this.fields[field]
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= least ? value : this.fail(field)
  }

  previous(seq: number | undefined): HeaderId | null | undefined {
    if (this.fields['prev'] === null) return seq === 0 ? null : this.fail('prev')
    return seq === 0 ? this.fail('prev') : this.id('prev', HeaderId)
  }

  heads(required: boolean): readonly OperationId[] | undefined {
    const value = this.fields['heads']
    if (value === undefined) return required ? this.fail('heads') : undefined
    if (!Array.isArray(value) || value.length === 0 || value.length > MAX_HEADS) return this.fail('heads')
    const heads: OperationId[] = []
    for (const item of value as readonly unknown[]) {
      const id = item instanceof Uint8Array ? OperationId.of(item) : null
      const before = heads.at(-1)
      if (id === null || (before !== undefined && before >= id)) return this.fail('heads')
      heads.push(id)
    }
    return heads
  }
}

function readCommon(read: Reader) {
  return {
    space: read.id('space', SpaceId),
    epoch: read.id('epoch', EpochId),
    device: read.id('device', DeviceId),
    time: read.whole('time', 0),
    payload: read.bytes('payload', 32),
  }
}

function readChain(read: Reader) {
  const seq = read.whole('seq', 0)
  return { seq, prev: read.previous(seq), heads: read.heads(seq === 0) }
}

function readChanges(read: Reader, form: unknown) {
  const first = read.whole('first', 1)
  const last = read.whole('last', first ?? 1)
  if (first !== undefined && last !== undefined && last - first >= MAX_CHANGES) read.fault ??= 'last'
  return {
    ...readChain(read),
    document: read.id('document', DocumentId),
    actor: read.id('actor', ActorId),
    nonce: read.bytes('nonce', 16),
    first,
    last,
    hash: read.id('hash', ChangeHash),
    form: form === 1 ? (1 as const) : (0 as const),
  }
}

function readKind(read: Reader, kind: Kind, fields: Fields) {
  if (kind === 'changes') return readChanges(read, fields['form'])
  if (kind === 'witness') return readChain(read)
  if (kind === 'snapshot') return { heads: read.heads(true), document: read.id('document', DocumentId) }
  return {}
}

/** The header of a decoded CBOR map whose `v` is 1. */
export function parseHeader(fields: Fields): Result<Header, HeaderError> {
  const kind = fields['kind']
  if (typeof kind !== 'string') return err({ type: 'BadField', field: 'kind' })
  if (!isKind(kind)) return err({ type: 'Unreadable', why: 'kind' })
  const allowed = KEYS[kind]
  if (Object.keys(fields).some((key) => !allowed.includes(key))) return err({ type: 'Unreadable', why: 'key' })
  const form = fields['form']
  if (kind === 'changes' && form !== 0 && form !== 1) {
    const newer = typeof form === 'number' && Number.isSafeInteger(form) && form > 1
    return err(newer ? { type: 'Unreadable', why: 'form' } : { type: 'BadField', field: 'form' })
  }
  const read = new Reader(fields)
  const header = { kind, ...readCommon(read), ...readKind(read, kind, fields) }
  if (read.fault !== null) return err({ type: 'BadField', field: read.fault })
  return ok(header as Header)
}

const plain = (value: unknown): Encodable =>
  typeof value === 'string' ? idBytes(value as AnyId) : Array.isArray(value) ? value.map(plain) : (value as Encodable)

/** Canonical bytes: ids as bytes, fields that are undefined left out. */
export function encodeHeader(header: Header): Bytes {
  const { kind, ...rest } = header
  const fields = Object.entries(rest).filter(([, value]) => value !== undefined)
  return encode({ v: 1, kind, ...Object.fromEntries(fields.map(([key, value]) => [key, plain(value)])) })
}
