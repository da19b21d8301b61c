// What a party signs with a channel's key to open it. Bound to the address it dialled and to both nonces, so that a relay
// cannot forward it to another (rule CH-2), and to its role, so that a peer cannot mirror it.
import { concat, type Bytes, uint64, utf8 } from '../base/bytes.ts'

export type Role = 'client' | 'peer-a' | 'peer-b'

export interface OpenProof {
  readonly role: Role
  /** `host:port` as dialled, lower case (the port always written); between peers both DTLS fingerprints. */
  readonly origin: string
  /** 32 bytes. */
  readonly channel: Bytes
  /** 32 bytes: from the listening party's `hello`. */
  readonly helloNonce: Bytes
  /** 32 bytes: from the `open`. */
  readonly openNonce: Bytes
}

const field = (bytes: Bytes) => concat(uint64(bytes.length), bytes)

/** The bytes to sign, under the label `telar/1/channel-open`. */
export function openProof(proof: OpenProof): Bytes {
  return concat(
    field(utf8('telar/1/channel-open')),
    field(utf8(proof.role)),
    field(utf8(proof.origin)),
    field(proof.channel),
    field(proof.helloNonce),
    field(proof.openNonce),
  )
}

/** The two sides of a connection without a relay: `peer-a` is the one that offered it. */
export type PeerRole = Exclude<Role, 'client'>

export const otherRole = (role: PeerRole): PeerRole => (role === 'peer-a' ? 'peer-b' : 'peer-a')

export interface OfferContext {
  /** Of the side that offers. */
  readonly role: PeerRole
  /** Both DTLS fingerprints. */
  readonly origin: string
  /** 32 bytes each: from the `hello` of peer-a and of peer-b. */
  readonly nonceA: Bytes
  readonly nonceB: Bytes
}

/**
 * What a channel's secret is hashed with to name the channel on one connection (rule CH-28). Each side's names are others: what one
 * heard cannot be said back, and nothing said on one connection is worth anything on another.
 */
export function offerContext({ role, origin, nonceA, nonceB }: OfferContext): Bytes {
  return concat(field(utf8(role)), field(utf8(origin)), field(nonceA), field(nonceB))
}

/** `host:port` of a ws, wss, http or https address, lower case, default ports written out; null for anything else. */
export function originOf(address: string): string | null {
  try {
    const url = new URL(address)
    const ports: Record<string, string> = { 'ws:': '80', 'http:': '80', 'wss:': '443', 'https:': '443' }
    const port = url.port === '' ? ports[url.protocol] : url.port
    if (ports[url.protocol] === undefined || port === undefined || url.hostname === '') return null
    return `${url.hostname.toLowerCase()}:${port}`
  } catch {
    return null
  }
}
