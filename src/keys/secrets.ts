// The epoch secrets of one space on this device, by epoch, and the channels that follow from them (rules KE-3, KE-5). Believes
// what it is given only in so far as a secret names its own epoch; how many strangers may give is bounded here (KE-11).
import type { Bytes } from '../base/bytes.ts'
import { ChannelId, type EpochId } from '../base/ids.ts'
import type { Crypto, SignKeys } from '../crypto/index.ts'
import { channelKeys, epochIdOf } from './epochs.ts'
import { MAX_UNPROVEN, SECRET_LENGTH } from './limits.ts'

/** An epoch whose secret is held. */
export interface HeldEpoch {
  readonly epoch: EpochId
  readonly secret: Bytes
}

export interface Channel {
  readonly id: ChannelId
  readonly keys: SignKeys
}

const nameOf = (secret: Bytes): string => String.fromCharCode(...secret)

export class Secrets {
  readonly byEpoch = new Map<EpochId, Bytes>()
  private readonly epochs = new Map<string, EpochId>()
  private readonly channels = new Map<string, SignKeys>()
  private unproven = 0

  constructor(private readonly crypto: Crypto) {}

  /** What has not 32 bytes is left out. */
  add(secret: Bytes): void {
    if (secret.length !== SECRET_LENGTH) return
    const epoch = this.epochOf(secret)
    this.epochs.set(nameOf(secret), epoch)
    this.byEpoch.set(epoch, secret)
  }

  /** The same for what nobody known answers for: a limited number of them. */
  addUnproven(secret: Bytes): void {
    if (this.epochs.has(nameOf(secret)) || this.unproven >= MAX_UNPROVEN) return
    this.unproven++
    this.add(secret)
  }

  epochOf(secret: Bytes): EpochId {
    return this.epochs.get(nameOf(secret)) ?? epochIdOf(this.crypto, secret)
  }

  /** In the order of the epoch ids. */
  list(): Bytes[] {
    return [...this.byEpoch].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, secret]) => secret)
  }

  held(epoch: EpochId): HeldEpoch | null {
    const secret = this.byEpoch.get(epoch)
    return secret === undefined ? null : { epoch, secret }
  }

  channel(epoch: EpochId, generation: number): Channel | null {
    const secret = this.byEpoch.get(epoch)
    if (secret === undefined) return null
    const name = `${epoch}/${String(generation)}`
    const keys = this.channels.get(name) ?? channelKeys(this.crypto, secret, generation)
    this.channels.set(name, keys)
    return { id: ChannelId.must(keys.publicKey), keys }
  }
}
