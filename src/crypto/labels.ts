// Domain-separation labels, one constant per use: those of identity and the engine; membership, keys and log keep theirs in
// labels.ts of their own. A label is never reused for a second purpose and never changes its meaning (rule CR-1).

// Epochs and channels
/** Framed by src/wire/proof.ts, signed with `signRaw`. */
export const CHANNEL_OPEN = 'telar/1/channel-open'
/** What a channel is called between two devices on one connection, under the seed of the channel's key. */
export const CHANNEL_OFFER = 'telar/1/channel-offer'

// Joining
export const INVITATION_SIGN = 'telar/1/invitation-sign'
export const INVITATION_CHANNEL = 'telar/1/invitation-channel'
export const INVITATION_BOX = 'telar/1/invitation-box'
export const INVITATION_SECRET = 'telar/1/invitation-secret'
export const KNOCK = 'telar/1/knock'
export const WELCOME = 'telar/1/welcome'
/** The inviting device's word for a welcome. */
export const WELCOME_SIGNATURE = 'telar/1/welcome-signature'
export const SAFETY_WORDS = 'telar/1/safety-words'

// A device of one's own
export const LINKING_SEED = 'telar/1/linking-seed'
export const LINKING_ANSWER = 'telar/1/linking-answer'
export const LINKING_WORDS = 'telar/1/linking-words'
/** Tells parts of one code said by hand from parts of another. */
export const CODE_TAG = 'telar/1/code-tag'
/** Checksum of what two devices show each other to connect. */
export const NEAR_CODE = 'telar/1/near-code'
/** What a device says in a whisper to show that it speaks on one connection: of both fingerprints. */
export const PEER_LINE = 'telar/1/peer-line'

// At rest, recovery, words
export const VAULT_PASSPHRASE = 'telar/1/vault-passphrase'
export const VAULT_RECOVERY = 'telar/1/vault-recovery'
export const VAULT_CHECK = 'telar/1/vault-check'
export const RECOVERY_SIGN = 'telar/1/recovery-sign'
export const RECOVERY_VAULT = 'telar/1/recovery-vault'
export const RECOVERY_BACKUP = 'telar/1/recovery-backup'
export const RECOVERY_WORDS = 'telar/1/recovery-words'
export const STORAGE_NAME_KEY = 'telar/1/storage-name-key'
export const STORAGE_NAME = 'telar/1/storage-name'
export const STORAGE_VALUE_KEY = 'telar/1/storage-value-key'
export const STORAGE_VALUE = 'telar/1/storage-value'

// Following a space into the one that goes on from it
export const FOLLOW = 'telar/1/follow'
export const FOLLOW_WORD = 'telar/1/follow-word'
export const FOLLOW_SEED = 'telar/1/follow-seed'

// Carried by hand
export const BUNDLE_LEAD = 'telar/1/bundle-lead'
export const BUNDLE_BODY = 'telar/1/bundle-body'
/** Who saved a bundle, and what she has. */
export const BUNDLE_STATEMENT = 'telar/1/bundle-statement'
export const RELAY_LINK = 'telar/1/relay-link'
/** Against typing errors only. */
export const RELAY_LINK_CHECK = 'telar/1/relay-link-check'

/** What is said in the meeting channel of an invitation. */
export const MEETING = 'telar/1/meeting'
/** The id of a space's index document. */
export const INDEX = 'telar/1/index'
