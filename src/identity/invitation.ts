// An invitation: a seed of 32 bytes and what is derived from it (rule CR-16), and the link that carries it in a fragment,
// which browsers never send (rule CR-17). Never a recipient of keys: whoever photographs a link reads nothing.
import { type Bytes, fromBase64Url, toBase64Url } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { idBytes, InvitationId, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type BoxKeys, type Crypto, labels, type SignKeys } from '../crypto/index.ts'

export type InvitationMode = 'open' | 'confirm'
export type InvitationRole = 'coordinator' | 'editor' | 'reader'

export interface InvitationKeys {
  /** The public key of `sign`. */
  readonly id: InvitationId
  /** Proves possession of the link in `admit`. */
  readonly sign: SignKeys
  /** Opens the meeting channel. */
  readonly channel: SignKeys
  /** Knocks are sealed to it. */
  readonly box: BoxKeys
  /** 32 bytes: the symmetric half of a welcome's key. */
  readonly secret: Bytes
}

export interface InvitationLink {
  /** 32 bytes. */
  readonly seed: Bytes
  readonly mode: InvitationMode
  readonly role: InvitationRole
  /** At most 8 addresses of at most 256 characters: http, https, ws, wss. */
  readonly relays: readonly string[]
  readonly space: SpaceId
}

export type LinkError =
  { readonly type: 'NoInvitation' } | { readonly type: 'NewerInvitation' } | { readonly type: 'DamagedInvitation' }

const SEED_LENGTH = 32
export const MAX_RELAYS = 8
export const MAX_RELAY_LENGTH = 256
const LONGEST_TEXT = 65_536
const LONGEST_CODE = 4096
const MODES: readonly unknown[] = ['open', 'confirm']
const ROLES: readonly unknown[] = ['coordinator', 'editor', 'reader']
const PROTOCOLS = ['http:', 'https:', 'ws:', 'wss:']

export function newInvitationSeed(crypto: Crypto): Bytes {
  return crypto.random.bytes(SEED_LENGTH)
}

export function invitationKeys(crypto: Crypto, seed: Bytes): InvitationKeys {
  if (seed.length !== SEED_LENGTH) throw new Error('an invitation seed has 32 bytes')
  const derive = (label: string) => crypto.kdf(seed, label).slice(0, 32)
  const sign = crypto.signKeys(derive(labels.INVITATION_SIGN))
  return {
    id: InvitationId.must(sign.publicKey),
    sign,
    channel: crypto.signKeys(derive(labels.INVITATION_CHANNEL)),
    box: crypto.boxKeys(derive(labels.INVITATION_BOX)),
    secret: derive(labels.INVITATION_SECRET),
  }
}

/** Printable ASCII, an address of one of the four schemes with a host, not too long. */
export function isRelayAddress(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > MAX_RELAY_LENGTH || !/^[\x21-\x7e]+$/.test(text)) return false
  try {
    const url = new URL(text)
    return PROTOCOLS.includes(url.protocol) && url.hostname !== ''
  } catch {
    return false
  }
}

/**
 * `telar1.` and base64url of canonical CBOR, behind `appAddress#` where given. Of the relays the first 8 that a reader would
 * accept are kept.
 */
export function encodeLink(link: InvitationLink, appAddress?: string): string {
  const { seed, mode, role } = link
  if (seed.length !== SEED_LENGTH) throw new Error('an invitation seed has 32 bytes')
  const relays = link.relays.filter(isRelayAddress).slice(0, MAX_RELAYS)
  return behindAddress(
    `telar1.${toBase64Url(encode({ mode, role, relays, seed, space: idBytes(link.space) }))}`,
    appAddress,
  )
}

/** The code as the fragment of the app's address, or alone. */
export function behindAddress(code: string, appAddress: string | undefined): string {
  if (appAddress === undefined) return code
  const base = appAddress.split('#')[0] ?? ''
  return `${/^[a-z]+:\/\/[^/]+$/i.test(base) ? `${base}/` : base}#${code}`
}

/** A whole address, a fragment or the code alone, with other text around it: the first code that can be read. */
export function parseLink(text: string): Result<InvitationLink, LinkError> {
  const found = [...text.slice(0, LONGEST_TEXT).matchAll(/telar(\d{1,4})\.([A-Za-z0-9_-]{16,})/g)]
  for (const [, version, code = ''] of found) {
    const bytes = version === '1' && code.length <= LONGEST_CODE ? fromBase64Url(code) : null
    const decoded = bytes === null ? null : decode(bytes)
    const link = decoded?.ok ? linkOf(decoded.value) : null
    if (link !== null) return ok(link)
  }
  if (found.length === 0) return err({ type: 'NoInvitation' })
  return err({ type: found.some(([, version]) => version === '1') ? 'DamagedInvitation' : 'NewerInvitation' })
}

function linkOf(value: unknown): InvitationLink | null {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 5) return null
  const { mode, role, relays, seed, space } = value as Record<string, unknown>
  if (!(seed instanceof Uint8Array) || seed.length !== SEED_LENGTH || !(space instanceof Uint8Array)) return null
  if (!MODES.includes(mode) || !ROLES.includes(role)) return null
  if (!Array.isArray(relays) || relays.length > MAX_RELAYS || !relays.every(isRelayAddress)) return null
  const spaceId = SpaceId.of(space)
  if (spaceId === null) return null
  return { seed, mode: mode as InvitationMode, role: role as InvitationRole, relays, space: spaceId }
}
