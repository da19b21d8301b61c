// Every domain-separation label of the protocol, one constant per use. Owns the list and nothing else; a label is never
// reused for a second purpose and never changes its meaning (rule CR-1). `telar/1` is suite 1.

// Log and membership
export const OPERATION = 'telar/1/op'
export const SPACE = 'telar/1/space'
export const ENTRY_HEADER = 'telar/1/entry-header'
export const ENTRY_KEY = 'telar/1/entry-key'
export const ACTOR = 'telar/1/actor'
export const WITNESS = 'telar/1/witness'

// Epochs and channels
export const KEYS_RECORD = 'telar/1/keys-record'
export const EPOCH_ID = 'telar/1/epoch-id'
export const EPOCH_KEY = 'telar/1/epoch-key'
export const EPOCH_WRAP = 'telar/1/epoch-wrap'
export const EPOCH_HISTORY = 'telar/1/epoch-history'
export const GRANT = 'telar/1/grant'
export const GRANT_RANK = 'telar/1/grant-rank'
export const CHANNEL = 'telar/1/channel'
/** Framed by src/wire/proof.ts, signed with `signRaw`. */
export const CHANNEL_OPEN = 'telar/1/channel-open'
export const CHANNEL_OFFER = 'telar/1/channel-offer'
export const WHISPER_KEY = 'telar/1/whisper-key'
export const WHISPER = 'telar/1/whisper'

// Joining
export const INVITATION_SIGN = 'telar/1/invitation-sign'
export const INVITATION_CHANNEL = 'telar/1/invitation-channel'
export const INVITATION_BOX = 'telar/1/invitation-box'
export const INVITATION_SECRET = 'telar/1/invitation-secret'
export const INVITATION_PROOF = 'telar/1/invitation-proof'
export const KNOCK = 'telar/1/knock'
export const WELCOME = 'telar/1/welcome'
export const SAFETY_WORDS = 'telar/1/safety-words'

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
