// What the parts of an open workspace need of the whole: the world, the keys at hand, the connections, and to say that
// something changed. Owns the interface only, so that the parts do not import the whole.
import type { Bytes } from '../base/bytes.ts'
import type { DeviceId, InvitationId, SpaceId } from '../base/ids.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import type { Result } from '../base/result.ts'
import type { Crypto } from '../crypto/index.ts'
import type { DeviceKeys } from '../identity/index.ts'
import type { ApiError } from './api.ts'
import type { Connections } from './connections.ts'
import type { EngineEnvironment } from './environment.ts'
import type { Space } from './space.ts'
import type { PeerWhispers } from './peer-whispers.ts'
import type { PersonRecord } from './records.ts'
import type { OpenedWelcome } from './welcome.ts'

/** How a device came to be let in. */
export interface Way {
  /** By a link between devices of one member. */
  readonly linked: boolean
  /** How the device is to be called; empty for nothing. */
  readonly name: string
  /** Of the link: the welcome's are not believed alone. */
  readonly relays: readonly string[]
}

export interface WorkspaceContext {
  readonly env: EngineEnvironment
  readonly crypto: Crypto
  readonly store: KeyValueStore
  readonly connections: Connections
  /** Connections of their own between devices that see each other. */
  readonly peerWhispers: PeerWhispers
  readonly person: PersonRecord
  readonly spaces: ReadonlyMap<SpaceId, Space>
  /** Something a face may show is different. */
  changed(): void
  /** The channels a space wants open are different. */
  arrange(space: Space): void
  /** The public key of the recovery kit that is entered beside this device. */
  recoveryKey(device: DeviceId): Bytes
  /** Opens the space of a welcome that was checked to be for this device, or takes in one more of the same. */
  enter(welcome: OpenedWelcome, keys: DeviceKeys, way: Way): Promise<Result<Space, ApiError>>
  readonly linkings: { learnKit(space: Space, kit: Bytes | null): Promise<void> }
  /** Makes the kit of her other device the kit of this one, where nothing depends on this one's. */
  adoptKit(seed: Bytes): Promise<void>
  dropJoining(invitation: InvitationId): Promise<void>
}
