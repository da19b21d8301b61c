// What the synchroniser needs of anything that moves messages between this device and one other party: a relay, a peer
// in the room, a file. Owns the interface only; a carrier never sees a key or a plaintext.
import type { Message } from '../wire/messages.ts'

export type CarrierState = 'offline' | 'connecting' | 'connected'

export interface CarrierEvents {
  /** Messages can be sent from now on; the other side says `hello` first. */
  up(): void
  /** A well-formed message. Malformed ones are dropped by the carrier. */
  message(message: Message): void
  /** Nothing can be sent until the next `up`. */
  down(): void
}

export interface Carrier {
  /** What tells this carrier from others; shown to people, so without secrets. */
  readonly address: string
  /** The origin that channel proofs name (wire/proof.ts). */
  readonly origin: string
  readonly state: CarrierState
  /** Begins to connect, and keeps trying until `stop`. */
  start(events: CarrierEvents): void
  /** False when not connected; never throws. */
  send(message: Message): boolean
  /** Tries at once instead of at the next turn of the back-off. */
  hurry(): void
  stop(): void
}
