// The numbers both ends of a channel hold each other to. Part of the protocol version: changing one is a new version.

/** Bytes of one sealed entry, outer form (WebRTC messages end at 256 KiB; see docs/spec/entries.md). */
export const MAX_ENTRY_BYTES = 192 * 1024
/** Bytes of one encoded message. */
export const MAX_MESSAGE_BYTES = 240 * 1024
/** Ids in one `want`, `ack`, `link` or id-list range. */
export const MAX_IDS = 2_048
/** Ranges in one `ranges`. */
export const MAX_RANGES = 512
/** Bytes of one sealed whisper. */
export const MAX_WHISPER_BYTES = 4_096
/** Channels one connection may have open. */
export const MAX_OPEN_CHANNELS = 256
/** Characters of an operator's token. */
export const MAX_TOKEN_LENGTH = 128
/** Tags one side of a connection between two devices may offer, all told; made-up ones included. */
export const MAX_OFFERED_TAGS = 4_096
/** Offers are filled up with made-up tags to a multiple of this. */
export const OFFER_STEP = 32
/** Bytes of entries one device puts to another before they are acknowledged; a single step may go beyond by one chunk. */
export const PEER_WINDOW_BYTES = 4 * 1024 * 1024
/** Bytes of what came from another device and is not done with; above it the connection ends. Several times what an honest one sends. */
export const MAX_PEER_BACKLOG_BYTES = 24 * 1024 * 1024
