// The numbers every device holds an entry to. Part of the protocol version: a verdict depends on them, so changing one is a
// new version (EN-3, EN-11).

/** Bytes of one outer form. */
export const MAX_OUTER_BYTES = 196_608
/** Version, nonce, commitment and the box's own tag. */
export const ENVELOPE_OVERHEAD = 1 + 24 + 32 + 16
/** Bytes of an inner form that still fits: the largest padded length below the limit, without its length field. */
export const MAX_INNER_BYTES = 192_508
/** Bytes of a payload that fits beside the largest header. */
export const MAX_PAYLOAD_BYTES = 190_000
export const MAX_HEADER_BYTES = 2_048
/** Graph heads one header may cite. */
export const MAX_HEADS = 16
/** Changes in one entry, whatever the form. */
export const MAX_CHANGES = 4_096
/** Bytes of one sealed whisper. */
export const MAX_WHISPER_BYTES = 4_096
/** Entries without a secret that one space keeps: bounds what a relay can make a device store. */
export const MAX_SEALED_ENTRIES = 50_000
/** Bytes of one whole snapshot, over all its parts. */
export const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024
/** Headers of authors, and actors besides, that one snapshot may bring. */
export const MAX_SNAPSHOT_AUTHORS = 65_536
