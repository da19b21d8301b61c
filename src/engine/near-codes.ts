// What two devices show each other to connect with no server at all: one description as text, short enough for one QR code, with a
// checksum because people copy. Reading is of hostile text: bounded, never throws.
import { type Bytes, equal, fromBase64Url, toBase64Url } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type Description, packDescription, unpackDescription } from '../carriers/webrtc-description.ts'
import { type Crypto, labels } from '../crypto/index.ts'
import type { NearCodes } from './api.ts'

const PREFIX = 'telarnear1.'
const TAG_BYTES = 6
const LONGEST_TEXT = 65_536

const tagOf = (crypto: Pick<Crypto, 'hash'>, packed: Bytes) => crypto.hash(labels.NEAR_CODE, packed).slice(0, TAG_BYTES)

/** `telarnear1.<tag>.<base64url>`. */
export function nearCodes(crypto: Pick<Crypto, 'hash'>, description: Description): NearCodes {
  const packed = packDescription(description)
  const text = `${PREFIX}${toBase64Url(tagOf(crypto, packed))}.${toBase64Url(packed)}`
  return { peer: description.peer, codes: [text], text }
}

/** The first code in `text`, whatever stands around it. */
export function readNearCode(
  crypto: Pick<Crypto, 'hash'>,
  text: string,
): Result<Description, { readonly type: 'BadCode'; readonly reason: 'not-a-code' | 'damaged' }> {
  const bounded = text.slice(0, LONGEST_TEXT)
  const read = readWhole(crypto, bounded)
  if (read.ok || read.error.reason === 'not-a-code') return read
  // What is sent by message may arrive broken into lines; no code has a space in it.
  return readWhole(crypto, bounded.replace(/[\r\n]+/g, ''))
}

function readWhole(crypto: Pick<Crypto, 'hash'>, whole: string): ReturnType<typeof readNearCode> {
  const found = /telarnear1\.([A-Za-z0-9_-]{8})\.([A-Za-z0-9_-]{1,1400})/.exec(whole)
  if (found === null) return err({ type: 'BadCode', reason: 'not-a-code' })
  const [, tag = '', body = ''] = found
  const packed = fromBase64Url(body)
  const said = fromBase64Url(tag)
  if (packed === null || said === null || !equal(said, tagOf(crypto, packed)))
    return err({ type: 'BadCode', reason: 'damaged' })
  const description = unpackDescription(packed)
  return description === null ? err({ type: 'BadCode', reason: 'damaged' }) : ok(description)
}
