// H of the protocol (first 32 bytes of SHA-512), the only hash a relay needs: entry ids and session nonces.
import { createHash } from 'node:crypto'
import type { Bytes } from '../src/base/bytes.ts'

export const hash = (bytes: Bytes): Bytes => new Uint8Array(createHash('sha512').update(bytes).digest().subarray(0, 32))
