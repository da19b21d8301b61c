// SHA-256 for Automerge's change hashes and checksums alone: synchronous, over public or already sealed-off bytes. Never used
// for anything that Telar itself signs, seals or derives (that is crypto/).
export { sha256 } from '@noble/hashes/sha2.js'
