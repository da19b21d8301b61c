// What two devices say to each other by hand, where there is no network: the messages of a meeting channel as text, cut into
// parts that a camera can read, and put together again in any order (rule JO-16). Reading is of hostile text: bounded, never throws.
import { type Bytes, concat, equal, fromBase64Url, toBase64Url } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { idBytes, InvitationId } from '../base/ids.ts'
import { type Crypto, labels } from '../crypto/index.ts'
import { readSaid, type Said } from './meeting.ts'

/** What was said, and under which invitation or link. */
export interface Spoken {
  readonly id: InvitationId
  readonly said: readonly Said[]
}

/** `more`: parts are missing. `no-code`: no part in it. `damaged`: whole, and not what it should be. */
export type Heard =
  | { readonly type: 'whole'; readonly spoken: Spoken }
  | { readonly type: 'more'; readonly have: number; readonly of: number }
  | { readonly type: 'no-code' }
  | { readonly type: 'damaged' }

/** Characters of one part as written, all told: a QR code that cheap cameras still read. Longer ones are read, up to 700. */
export const MAX_PART_CHARS = 600
const PREFIX = 'telarcode1.'
const TAG_BYTES = 6
/** Prefix, `nn.nn.`, tag and dot. */
const HEAD_CHARS = PREFIX.length + 6 + (TAG_BYTES * 4) / 3 + 1
const PART_BYTES = Math.floor(((MAX_PART_CHARS - HEAD_CHARS) * 3) / 4)
const MAX_PARTS = 96
const MAX_SAID = 32
/** Codes begun and not finished that are remembered. */
const MAX_BEGUN = 4
const LONGEST_TEXT = 131_072

const tagOf = (crypto: Pick<Crypto, 'hash'>, whole: Bytes) => crypto.hash(labels.CODE_TAG, whole).slice(0, TAG_BYTES)

/** `telarcode1.<part>.<of>.<tag>.<base64url>`; none for what would need more than 96 parts. */
export function codesOf(crypto: Pick<Crypto, 'hash'>, { id, said }: Spoken): readonly string[] {
  if (said.length === 0) return []
  const whole = encode([idBytes(id), said.map((one) => ({ ...one }))])
  const count = Math.ceil(whole.length / PART_BYTES)
  if (count > MAX_PARTS || said.length > MAX_SAID) return []
  const size = Math.ceil(whole.length / count)
  const tag = toBase64Url(tagOf(crypto, whole))
  return Array.from({ length: count }, (_, i) => {
    const part = toBase64Url(whole.slice(i * size, (i + 1) * size))
    return `${PREFIX}${String(i + 1)}.${String(count)}.${tag}.${part}`
  })
}

/** Collects parts until a code is whole. */
export class CodeReader {
  /** By tag and number of parts. */
  #begun = new Map<string, (Bytes | null)[]>()

  constructor(private readonly crypto: Pick<Crypto, 'hash'>) {}

  read(text: string): Heard {
    const parts = [
      ...text
        .slice(0, LONGEST_TEXT)
        .matchAll(/telarcode1\.(\d{1,2})\.(\d{1,2})\.([A-Za-z0-9_-]{8})\.([A-Za-z0-9_-]{1,700})/g),
    ]
    let heard: Heard = { type: 'no-code' }
    for (const [, i, count, tag = '', part = ''] of parts) {
      heard = this.#part(Number(i), Number(count), tag, fromBase64Url(part))
      if (heard.type === 'whole') return heard
    }
    return heard
  }

  #part(i: number, count: number, tag: string, part: Bytes | null): Heard {
    if (part === null || count < 1 || count > MAX_PARTS || i < 1 || i > count) return { type: 'damaged' }
    const key = `${tag} ${String(count)}`
    const have = this.#begun.get(key) ?? Array.from({ length: count }, () => null)
    have[i - 1] = part
    this.#begun.delete(key)
    this.#begun.set(key, have)
    for (const old of [...this.#begun.keys()].slice(0, -MAX_BEGUN)) this.#begun.delete(old)
    const here = have.filter((one) => one !== null)
    if (here.length < count) return { type: 'more', have: here.length, of: count }
    this.#begun.delete(key)
    const whole = concat(...here)
    const spoken = equal(tagOf(this.crypto, whole), fromBase64Url(tag) ?? whole) ? spokenOf(whole) : null
    return spoken === null ? { type: 'damaged' } : { type: 'whole', spoken }
  }
}

function spokenOf(whole: Bytes): Spoken | null {
  const decoded = decode(whole)
  if (!decoded.ok || !Array.isArray(decoded.value) || decoded.value.length !== 2) return null
  const [id, list] = decoded.value as readonly unknown[]
  if (!(id instanceof Uint8Array) || !Array.isArray(list) || list.length < 1 || list.length > MAX_SAID) return null
  const invitation = InvitationId.of(id)
  const said = list.flatMap((one: unknown) => readSaid(one) ?? [])
  return invitation === null || said.length !== list.length ? null : { id: invitation, said }
}
