// All that the other layers may import of `crypto/`: the only importer of tweetnacl, WebCrypto and hash-wasm. Small enough
// to audit in an afternoon; the rules are in docs/spec/crypto.md.
export { createCrypto } from './crypto.ts'
export { sha512Half } from './digest.ts'
export { frame } from './framing.ts'
export * as labels from './labels.ts'
export { platformSubtle } from './platform.ts'
export { pad, padme, unpad } from './padding.ts'
export { isAcceptableBoxKey, isAcceptablePoint } from './points.ts'
export type { Argon2Cost, Argon2Parameters, BoxKeys, Crypto, SignKeys } from './types.ts'
