// A relay link: tells members of a space that lost its relay where to find it again, in a fragment, which browsers never send. Names no
// space: a member recognises hers by a tag under the space seed. Owns the form (CR-20); opens nothing and gives nobody a right.
import { type Bytes, concat, equal, fromBase64Url, toBase64Url } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type Crypto, labels } from '../crypto/index.ts'
import { behindAddress, isRelayAddress, type LinkError } from './invitation.ts'

export interface RelayLink {
  /** Its address, with the operator's token where there is one: who finds the space there may have to make its channels. */
  readonly relay: string
  /** 16 random bytes, fresh for each link. */
  readonly nonce: Bytes
  /** One of 16 bytes for each space it is for. */
  readonly tags: readonly Bytes[]
}

const NONCE = 16
const TAG = 16
const CHECK = 4
const MAX_TAGS = 16
const LONGEST_TEXT = 65_536
const LONGEST_CODE = 1_024

const tagOf = (crypto: Pick<Crypto, 'kdf'>, spaceSeed: Bytes, nonce: Bytes): Bytes =>
  crypto.kdf(spaceSeed, labels.RELAY_LINK, nonce).slice(0, TAG)

/** `telarrelay1.` and base64url of canonical CBOR with four bytes against typing errors, behind `appAddress#` where given. */
export function encodeRelayLink(
  crypto: Pick<Crypto, 'kdf' | 'hash' | 'random'>,
  link: { readonly relay: string; readonly spaceSeeds: readonly Bytes[] },
  appAddress?: string,
): string {
  const nonce = crypto.random.bytes(NONCE)
  const tags = link.spaceSeeds.slice(0, MAX_TAGS).map((seed) => tagOf(crypto, seed, nonce))
  const body = encode({ relay: link.relay, nonce, tags })
  return behindAddress(`telarrelay1.${toBase64Url(concat(body, checkOf(crypto, body)))}`, appAddress)
}

const checkOf = (crypto: Pick<Crypto, 'hash'>, body: Bytes): Bytes =>
  crypto.hash(labels.RELAY_LINK_CHECK, body).slice(0, CHECK)

/** The first that can be read in hostile text; a whole address, a fragment or the code alone. */
export function parseRelayLink(crypto: Pick<Crypto, 'hash'>, text: string): Result<RelayLink, LinkError> {
  const found = [...text.slice(0, LONGEST_TEXT).matchAll(/telarrelay(\d{1,4})\.([A-Za-z0-9_-]{16,})/g)]
  for (const [, version, code = ''] of found) {
    const bytes = version === '1' && code.length <= LONGEST_CODE ? fromBase64Url(code) : null
    const link = bytes === null ? null : linkOf(crypto, bytes)
    if (link !== null) return ok(link)
  }
  if (found.length === 0) return err({ type: 'NoInvitation' })
  return err({ type: found.some(([, version]) => version === '1') ? 'DamagedInvitation' : 'NewerInvitation' })
}

function linkOf(crypto: Pick<Crypto, 'hash'>, bytes: Bytes): RelayLink | null {
  const body = bytes.slice(0, -CHECK)
  if (!equal(bytes.slice(-CHECK), checkOf(crypto, body))) return null
  const decoded = decode(body)
  const value = decoded.ok ? decoded.value : null
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 3) return null
  const { relay, nonce, tags } = value as Readonly<Record<string, unknown>>
  if (!isRelayAddress(relay) || !(nonce instanceof Uint8Array) || nonce.length !== NONCE) return null
  if (!Array.isArray(tags) || tags.length < 1 || tags.length > MAX_TAGS) return null
  const sound = tags.filter((tag): tag is Bytes => tag instanceof Uint8Array && tag.length === TAG)
  return sound.length === tags.length ? { relay, nonce, tags: sound } : null
}

/** Whether it is for the space of this seed. */
export function isForSpace(crypto: Pick<Crypto, 'kdf'>, link: RelayLink, spaceSeed: Bytes): boolean {
  const own = tagOf(crypto, spaceSeed, link.nonce)
  return link.tags.some((tag) => equal(tag, own))
}
