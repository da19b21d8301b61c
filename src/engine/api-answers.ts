// What every request of a face is answered with: a value or one of these errors (api.ts). Plain data; an error names what it is
// about and never carries a secret.
import type { SpaceId } from '../base/ids.ts'
import type { Result } from '../base/result.ts'

export type MemberRole = 'coordinator' | 'editor' | 'reader'

export interface PassphraseEstimate {
  /** 0 worst .. 4 best; below 3 is refused. */
  readonly score: 0 | 1 | 2 | 3 | 4
  /** A code for what is weakest: the face has words for it. */
  readonly reason: 'ok' | 'too-short' | 'common' | 'repeated' | 'sequence' | 'few-words'
  readonly length: number
}

export type ApiError =
  | { readonly type: 'Locked' }
  | { readonly type: 'VaultExists' }
  | { readonly type: 'NoVault' }
  | { readonly type: 'WeakPassphrase'; readonly reason: PassphraseEstimate['reason'] }
  | { readonly type: 'WrongPassphrase' }
  | { readonly type: 'WrongRecoveryWords'; readonly unknownWord: string | null }
  | { readonly type: 'DamagedVault' }
  | { readonly type: 'UnknownSpace' }
  | { readonly type: 'UnknownDocument' }
  | { readonly type: 'UnknownMember' }
  | { readonly type: 'UnknownInvitation' }
  /** `rule` begins with the id of the rule that says so (docs/spec). */
  | { readonly type: 'NotAllowed'; readonly rule: string }
  | { readonly type: 'RemovedFromSpace' }
  | { readonly type: 'BadInvitation'; readonly reason: 'not-a-link' | 'newer-version' | 'damaged' | 'other-kind' }
  | { readonly type: 'UnknownDevice' }
  | { readonly type: 'UnknownOperation' }
  /** A scanned or pasted code that is none, is for somebody else, or no longer waited for. */
  | { readonly type: 'BadCode'; readonly reason: 'not-a-code' | 'not-for-here' | 'damaged' }
  /** The kit's words are well formed and are not this member's. */
  | { readonly type: 'WrongKit' }
  /** Nothing here can connect to a device nearby (no WebRTC, or in this browser it is switched off). */
  | { readonly type: 'NoPeers' }
  /** A wake file or a bundle that is none, is for another device or space, or does not open. */
  | { readonly type: 'BadFile'; readonly reason: 'not-a-file' | 'newer-version' | 'not-for-here' | 'damaged' }
  /** Keys are on their way: there is no epoch to write under yet. */
  | { readonly type: 'NoKeysYet' }
  | { readonly type: 'AlreadyMember'; readonly space: SpaceId }
  | { readonly type: 'BadRelayAddress'; readonly address: string }
  | { readonly type: 'BadDocument'; readonly reason: string; readonly path: readonly (string | number)[] }
  | { readonly type: 'BadEdit'; readonly reason: string; readonly path: readonly (string | number)[] }
  | { readonly type: 'TooLarge'; readonly limit: string }
  | { readonly type: 'StorageFailed' }

export type Answer<T> = Promise<Result<T, ApiError>>
