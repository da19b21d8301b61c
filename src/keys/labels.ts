// The domain-separation labels of epochs and channels, as docs/spec/keys.md fixes them. Never reused for anything else.

export const KEYS = 'telar/1/keys'
export const KEYS_ID = 'telar/1/keys-id'
export const EPOCH_ID = 'telar/1/epoch-id'
export const WRAP = 'telar/1/wrap'
export const OLD_SECRETS = 'telar/1/old-secrets'
export const EPOCH_PROOF = 'telar/1/epoch-proof'
export const CHANNEL = 'telar/1/channel'
export const GRANT_RANK = 'telar/1/grant-rank'
export const WAKE = 'telar/1/wake'
