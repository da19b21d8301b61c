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
