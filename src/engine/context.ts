// What the parts of an open workspace need of the whole: the world, the keys at hand, the connections, and to say that
// something changed. Owns the interface only, so that the parts do not import the whole.
import type { Bytes } from '../base/bytes.ts'
import type { DeviceId, InvitationId } from '../base/ids.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import type { Result } from '../base/result.ts'
import type { Crypto } from '../crypto/index.ts'
import type { DeviceKeys } from '../identity/index.ts'
import type { ApiError } from './api.ts'
import type { Connections } from './connections.ts'
import type { EngineEnvironment } from './environment.ts'
import type { Said, Welcome } from './meeting.ts'
import type { Space } from './space.ts'

export interface WorkspaceContext {
  readonly env: EngineEnvironment
  readonly crypto: Crypto
  readonly store: KeyValueStore
  readonly connections: Connections
  /** Something a face may show is different. */
  changed(): void
  /** The channels a space wants open are different. */
  arrange(space: Space): void
  /** The public key of the recovery kit that is entered beside this device. */
  recoveryKey(device: DeviceId): Bytes
  /** Something was said to a pending join. */
  heard(invitation: InvitationId, said: Said): void
  /** Opens the space of a welcome that was checked to be for this device. */
  enter(welcome: Welcome, keys: DeviceKeys): Promise<Result<Space, ApiError>>
  dropJoining(invitation: InvitationId): Promise<void>
}
