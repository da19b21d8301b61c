// The numbers every device holds key records to. Part of the protocol version: whether a record is one, and what waits, depends
// on them, so changing one is a new version (KE-1, KE-11, KE-12).

/** Bytes of a signed body: one entry's payload holds it with its signature. */
export const MAX_BODY = 189_800
/** Bytes of content that stay in the rekey itself; more goes into parts. */
export const INLINE_BYTES = 2_048
/** Bytes of content in one part: whole wraps, and a body below `MAX_BODY`. */
export const PART_BYTES = 187_200
export const MAX_PARTS = 16
export const MAX_RECIPIENTS = 50_000
/** Older secrets in one rekey. */
export const MAX_OLD_SECRETS = 16_384
export const MAX_COVERS = 16
export const MAX_PARENTS = 16
export const SECRET_LENGTH = 32
/** A sealed secret: 32 bytes and the box's tag. */
export const WRAP_LENGTH = 48
/** Older secrets that one device believes from epochs it cannot check yet. */
export const MAX_UNPROVEN = 16_384
/** Epochs not yet checked whose channels are listened on. */
export const MAX_PROVISIONAL = 16
/** Rekeys of unknown pasts that are tried at one time: each may cost an agreement and as many boxes as it has recipients. */
export const MAX_TRIALS = 256
/** Wraps of such rekeys that are tried at one time; what is left comes with the next. One rekey's are never split. */
export const MAX_TRIAL_WRAPS = 65_536
/** When more active devices lack the epoch in use, one rekey serves them instead of grants. */
export const MANY_LACKING = 8
/** Bytes of a wake file. */
export const MAX_WAKE = 64 * 1024 * 1024
export const MAX_WAKE_RELAYS = 32
/** Characters of one relay's address. */
export const MAX_RELAY_LENGTH = 512
