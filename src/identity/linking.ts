// Links that bring in a device of somebody who is a member already: her second one (`device`), or a new one with her recovery
// kit (`return`). A prefix of their own, so that none is ever taken for an invitation (rule CR-19). Never a recipient of keys.
import { type Bytes, fromBase64Url, toBase64Url } from '../base/bytes.ts'
import { decode, encode, type Encodable } from '../base/codec.ts'
import { DeviceId, idBytes, MemberId, OperationId, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type Crypto, labels } from '../crypto/index.ts'
import {
  behindAddress,
  invitationKeys,
  type InvitationKeys,
  isRelayAddress,
  type LinkError,
  MAX_RELAYS,
} from './invitation.ts'

/** Who she is in one space. */
export interface LinkedSpace {
  readonly space: SpaceId
  readonly member: MemberId
}

interface Common {
  /** 32 bytes. */
  readonly seed: Bytes
  /** As in an invitation: without the operator's token. */
  readonly relays: readonly string[]
}

export interface DeviceLink extends Common {
  readonly kind: 'device'
  /** 1 to 16, each space once. */
  readonly spaces: readonly LinkedSpace[]
}

/** All that the new device needs to write `add-device` with the recovery key, before it has seen the graph. */
export interface ReturnLink extends Common, LinkedSpace {
  readonly kind: 'return'
  /** The device she was entered with: the recovery key comes from the kit and this id (CR-12). */
  readonly first: DeviceId
  readonly recovery: DeviceId
  /** Heads to build on, and the place in the recovery key's own chain. */
  readonly heads: readonly OperationId[]
  readonly seq: number
  readonly prev: OperationId | null
}

export type LinkingLink = DeviceLink | ReturnLink

/** The spaces a link is about. */
export const spacesOf = (link: LinkingLink): readonly LinkedSpace[] =>
  link.kind === 'device' ? link.spaces : [{ space: link.space, member: link.member }]

export const MAX_LINKED_SPACES = 16
const SEED_LENGTH = 32
const MAX_HEADS = 16
const MAX_SEQ = 2 ** 31 - 1
const LONGEST_TEXT = 65_536
const LONGEST_CODE = 6_144
const PREFIX = 'telarlink1.'

const bodyOf = (link: LinkingLink): Record<string, Encodable> =>
  link.kind === 'device'
    ? {
        kind: 'device',
        relays: link.relays,
        spaces: link.spaces.map(({ space, member }) => [idBytes(space), idBytes(member)]),
      }
    : {
        kind: 'return',
        relays: link.relays,
        space: idBytes(link.space),
        member: idBytes(link.member),
        first: idBytes(link.first),
        recovery: idBytes(link.recovery),
        heads: link.heads.map(idBytes),
        seq: link.seq,
        prev: link.prev === null ? null : idBytes(link.prev),
      }

/** From the seed *and* all that the link says: a link changed on its way meets nobody. */
export function linkingKeys(crypto: Crypto, link: LinkingLink): InvitationKeys {
  return invitationKeys(crypto, crypto.kdf(link.seed, labels.LINKING_SEED, encode(bodyOf(link))).slice(0, 32))
}

/** `telarlink1.` and base64url of canonical CBOR, behind `appAddress#` where given. */
export function encodeLinkingLink(link: LinkingLink, appAddress?: string): string {
  if (link.seed.length !== SEED_LENGTH) throw new Error('the seed of a link has 32 bytes')
  return behindAddress(`${PREFIX}${toBase64Url(encode({ ...bodyOf(link), seed: link.seed }))}`, appAddress)
}

/** A whole address, a fragment or the code alone, with other text around it: the first code that can be read. */
export function parseLinkingLink(text: string): Result<LinkingLink, LinkError> {
  const found = [...text.slice(0, LONGEST_TEXT).matchAll(/telarlink(\d{1,4})\.([A-Za-z0-9_-]{16,})/g)]
  for (const [, version, code = ''] of found) {
    const bytes = version === '1' && code.length <= LONGEST_CODE ? fromBase64Url(code) : null
    const decoded = bytes === null ? null : decode(bytes)
    const link = decoded?.ok ? linkOf(decoded.value) : null
    if (link !== null) return ok(link)
  }
  if (found.length === 0) return err({ type: 'NoInvitation' })
  return err({ type: found.some(([, version]) => version === '1') ? 'DamagedInvitation' : 'NewerInvitation' })
}

function linkOf(value: unknown): LinkingLink | null {
  if (typeof value !== 'object' || value === null) return null
  const fields = value as Record<string, unknown>
  const { kind, relays, seed } = fields
  if (!(seed instanceof Uint8Array) || seed.length !== SEED_LENGTH) return null
  if (!Array.isArray(relays) || relays.length > MAX_RELAYS || !relays.every(isRelayAddress)) return null
  const common = { seed, relays }
  if (kind === 'device') return deviceLink(common, fields)
  return kind === 'return' ? returnLink(common, fields) : null
}

function deviceLink(common: Common, fields: Record<string, unknown>): DeviceLink | null {
  const list = fields['spaces']
  if (Object.keys(fields).length !== 4 || !Array.isArray(list)) return null
  if (list.length < 1 || list.length > MAX_LINKED_SPACES) return null
  const spaces = list.flatMap((item: unknown) => {
    if (!Array.isArray(item) || item.length !== 2) return []
    const [space, member] = [idOf(SpaceId, item[0]), idOf(MemberId, item[1])]
    return space === null || member === null ? [] : [{ space, member }]
  })
  if (spaces.length !== list.length || new Set(spaces.map(({ space }) => space)).size !== list.length) return null
  return { kind: 'device', ...common, spaces }
}

function returnLink(common: Common, fields: Record<string, unknown>): ReturnLink | null {
  const { heads: list, seq } = fields
  if (Object.keys(fields).length !== 10 || !Array.isArray(list) || list.length < 1 || list.length > MAX_HEADS)
    return null
  const heads = list.flatMap((item: unknown) => idOf(OperationId, item) ?? [])
  const ascending = heads.every((head, i) => i === 0 || (heads[i - 1] ?? '') < head)
  if (heads.length !== list.length || !ascending) return null
  if (typeof seq !== 'number' || !Number.isInteger(seq) || seq < 0 || seq > MAX_SEQ) return null
  const prev = fields['prev'] === null ? null : idOf(OperationId, fields['prev'])
  if ((prev === null) !== (seq === 0) || (prev === null && fields['prev'] !== null)) return null
  const [space, member] = [idOf(SpaceId, fields['space']), idOf(MemberId, fields['member'])]
  const [first, recovery] = [idOf(DeviceId, fields['first']), idOf(DeviceId, fields['recovery'])]
  if (space === null || member === null || first === null || recovery === null) return null
  return { kind: 'return', ...common, space, member, first, recovery, heads, seq, prev }
}

const idOf = <I>(type: { of(bytes: Bytes): I | null }, value: unknown): I | null =>
  value instanceof Uint8Array ? type.of(value) : null
