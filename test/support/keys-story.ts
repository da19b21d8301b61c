// Rings for the devices of a membership story: who holds which secret, and rekeys and grants between them.
import type { Bytes } from '../../src/base/bytes.ts'
import { EpochRing, grant, rekey, type NewRekey, type VerifiedKeyRecord } from '../../src/keys/index.ts'
import type { View } from './membership-story.ts'

export class Keyring {
  readonly ring: EpochRing
  constructor(
    readonly view: View,
    readonly name: string,
    readonly seed: Bytes,
  ) {
    this.ring = new EpochRing(view.story.crypto, seed)
  }

  get device() {
    return this.view.story.device(this.name)
  }

  async rekey(change: Partial<Parameters<typeof rekey>[1]> = {}): Promise<NewRekey> {
    const { crypto } = this.view.story
    const draft = this.ring.draft(this.view.graph)
    const made = await rekey(crypto, { ...draft, keys: this.device.keys, time: this.view.story.tick(), ...change })
    this.ring.add([made.rekey])
    this.ring.addSecrets([made.secret])
    return made
  }

  async grant(to: string, secret: Bytes): Promise<VerifiedKeyRecord> {
    const { crypto } = this.view.story
    const { id, box } = this.view.story.device(to)
    const input = { space: this.view.graph.space, to: id, box: box.publicKey, secret, keys: this.device.keys }
    return (await grant(crypto, { ...input, spaceSeed: this.seed, time: this.view.story.tick() })).grant
  }

  /** Takes the records over and opens what this device can. */
  async take(...records: VerifiedKeyRecord[]): Promise<number> {
    this.ring.add(records)
    const { id, box } = this.device
    return (await this.ring.resolve(this.view.graph, { device: id, boxes: [box] })).length
  }

  current() {
    return this.ring.current(this.view.graph)
  }
}

export const SEED = new Uint8Array(32).fill(5)
export const ringOf = (view: View, name: string, seed = SEED) => new Keyring(view, name, seed)
