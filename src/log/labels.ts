// The domain-separation labels of entries and whispers, one constant per use. Owns the list and nothing else; a label never
// serves a second purpose (CR-1) and is part of the byte format in docs/spec/entries.md.

export const ENTRY = 'telar/1/entry'
export const HEADER = 'telar/1/header'
export const HEADER_ID = 'telar/1/header-id'
export const PAYLOAD = 'telar/1/payload'
export const ACTOR = 'telar/1/actor'
export const WHISPER = 'telar/1/whisper'
export const WHISPER_HEADER = 'telar/1/whisper-header'
export const SNAPSHOT = 'telar/1/snapshot'
