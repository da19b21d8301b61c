// The domain-separation labels of membership, as docs/spec/membership.md fixes them. Never reused for anything else.

export const OPERATION = 'telar/1/operation'
export const OPERATION_ID = 'telar/1/operation-id'
export const SPACE_ID = 'telar/1/space-id'
export const INVITATION_PROOF = 'telar/1/invitation-proof'
export const CONSENT = 'telar/1/consent'
