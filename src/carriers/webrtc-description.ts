// The few facts of a WebRTC session description that two devices must tell each other for one data channel, taken out of SDP, packed
// small enough for a QR code or a whisper, and made into SDP again from validated parts alone: no byte of the other's text reaches
// the browser unread. Addresses are of the local network only; there is no server of ours or anybody's in it.
import * as v from 'valibot'
import { type Bytes, fromHex, toHex } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'

export interface Description {
  readonly kind: 'offer' | 'answer'
  /** 32 hex digits: the connection it is for, named by who offers it. */
  readonly peer: string
  readonly ufrag: string
  readonly pwd: string
  /** SHA-256 of the certificate: 32 bytes. */
  readonly fingerprint: Bytes
  /** Who begins DTLS, of an answer: `active` unless it says otherwise. */
  readonly passive: boolean
  /** Host candidates over UDP, the best first. */
  readonly candidates: readonly (readonly [address: string, port: number])[]
}

export const MAX_CANDIDATES = 8

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
// Of the local network alone: whoever puts an address of the internet into a code or a whisper would be told ours by the browser
// that tries it, past any proxy; and ours, read from a screen, would say where on the internet we are.
const ADDRESSES = [
  new RegExp(`^(?:10\\.${OCTET}|172\\.(?:1[6-9]|2\\d|3[01])|192\\.168|169\\.254)(?:\\.${OCTET}){2}$`),
  // No network on the internet has these (RFC 5737); machines in a laboratory do.
  new RegExp(`^(?:192\\.0\\.2|198\\.51\\.100)\\.${OCTET}$`),
  /^(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):[0-9a-f:]{1,34}$/i,
  // Browsers hide the address behind a name that is found by asking the network around (mDNS).
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local$/i,
]
const ICE = '[A-Za-z0-9+/]'
const isAddress = (text: string): boolean => ADDRESSES.some((shape) => shape.test(text))
const bytes = (length: number) => v.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length)

const packed = v.strictTuple([
  v.literal(1),
  v.picklist(['offer', 'answer']),
  bytes(16),
  v.pipe(v.string(), v.regex(new RegExp(`^${ICE}{4,32}$`))),
  v.pipe(v.string(), v.regex(new RegExp(`^${ICE}{22,64}$`))),
  bytes(32),
  v.boolean(),
  v.pipe(
    v.array(
      v.strictTuple([
        v.pipe(v.string(), v.check(isAddress)),
        v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(65_535)),
      ]),
    ),
    v.maxLength(MAX_CANDIDATES),
  ),
])

export function packDescription(description: Description): Bytes {
  const { kind, peer, ufrag, pwd, fingerprint, passive, candidates } = description
  const id = fromHex(peer)
  if (id === null) throw new Error('a peer id that is no hex')
  return encode([1, kind, id, ufrag, pwd, fingerprint, passive, candidates.map((one) => [...one])])
}

/** Of hostile bytes; null for anything that is not exactly one. */
export function unpackDescription(data: unknown): Description | null {
  if (!(data instanceof Uint8Array) || data.length > 1_024) return null
  const decoded = decode(data)
  const parsed = decoded.ok ? v.safeParse(packed, decoded.value) : null
  if (parsed?.success !== true) return null
  const [, kind, peer, ufrag, pwd, fingerprint, passive, candidates] = parsed.output
  return { kind, peer: toHex(peer), ufrag, pwd, fingerprint, passive, candidates }
}

/** From a browser's SDP with its candidates in it; null where something is missing. */
export function readSdp(kind: Description['kind'], peer: string, sdp: string): Description | null {
  const one = (shape: RegExp) => shape.exec(sdp)?.[1]
  const ufrag = one(new RegExp(`^a=ice-ufrag:(${ICE}{4,32})\\s*$`, 'm'))
  const pwd = one(new RegExp(`^a=ice-pwd:(${ICE}{22,64})\\s*$`, 'm'))
  const fingerprint = fromHex(
    (one(/^a=fingerprint:sha-256 ([0-9A-Fa-f:]{95})\s*$/im) ?? '').replaceAll(':', '').toLowerCase(),
  )
  if (ufrag === undefined || pwd === undefined || fingerprint?.length !== 32) return null
  const found = [...sdp.matchAll(/^a=candidate:\S+ 1 udp (\d+) (\S+) (\d+) typ host\b/gim)]
    .map(([, priority, address = '', port]) => ({ priority: Number(priority), address, port: Number(port) }))
    .filter(({ address, port }) => isAddress(address) && port > 0 && port <= 65_535)
    .sort((a, b) => b.priority - a.priority)
  const candidates = found.slice(0, MAX_CANDIDATES).map(({ address, port }) => [address, port] as const)
  return { kind, peer, ufrag, pwd, fingerprint, passive: /^a=setup:passive\s*$/im.test(sdp), candidates }
}

/** SDP of one data channel, for a browser. */
export function writeSdp(description: Description): string {
  const { kind, ufrag, pwd, fingerprint, passive, candidates } = description
  const setup = kind === 'offer' ? 'actpass' : passive ? 'passive' : 'active'
  const hex = toHex(fingerprint).toUpperCase().match(/../g) ?? []
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    ...candidates.map(([address, port], i) => {
      const priority = 2 ** 24 * 126 + 2 ** 8 * (65_535 - i) + 255
      return `a=candidate:${String(i + 1)} 1 udp ${String(priority)} ${address} ${String(port)} typ host`
    }),
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:sha-256 ${hex.join(':')}`,
    `a=setup:${setup}`,
    'a=mid:0',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    '',
  ].join('\r\n')
}
