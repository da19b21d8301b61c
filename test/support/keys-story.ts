// Rings for the devices of a membership story: who holds which secret, and rekeys and grants between them.
import type { Bytes } from '../../src/base/bytes.ts'
import type { BoxKeys } from '../../src/crypto/index.ts'
import {
  decodeKeyRecord,
  EpochRing,
  grant,
  type NewRekey,
  rekey,
  type RekeyInput,
  sealRekey,
  type VerifiedKeyRecord,
} from '../../src/keys/index.ts'
import type { View } from './membership-story.ts'

export class Keyring {
  readonly ring: EpochRing
  /** Those she had, too: records from before a rotation may still come. */
  private readonly boxes = new Set<BoxKeys>()

  constructor(
    readonly view: View,
    readonly name: string,
    readonly seed: Bytes,
  ) {
    this.ring = new EpochRing(view.story.crypto, view.graph.space, seed)
    this.boxes.add(this.device.box)
  }

  get device() {
    return this.view.story.device(this.name)
  }

  /** What the next rekey says, for those who change it. */
  input(): RekeyInput {
    const { view, ring, seed } = this
    ring.standing(view.graph)
    const covers = view.graph.heads()
    const parents = ring.tips().map(({ epoch }) => epoch)
    const { space } = view.graph
    const secrets = ring.secretList()
    const { keys } = this.device
    return { space, state: view.graph.stateAt(covers), covers, parents, secrets, keys, spaceSeed: seed, time: 1 }
  }

  /** `change`: what it says otherwise than it should. */
  async rekey(change?: Partial<RekeyInput>, crypto = this.view.story.crypto): Promise<NewRekey> {
    const { view, ring } = this
    const made =
      change === undefined
        ? await rekey(crypto, { graph: view.graph, ring, keys: { sign: this.device.keys }, time: view.story.tick() })
        : await sealRekey(crypto, { ...this.input(), ...change })
    this.ring.add(made.verified)
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
    this.boxes.delete(box)
    const formerBoxes = [...this.boxes]
    this.boxes.add(box)
    return (await this.ring.resolve(this.view.graph, id, { box, formerBoxes })).length
  }

  /** Every record here: this device checked them before. */
  verified(): VerifiedKeyRecord[] {
    return this.ring.signedRecords().flatMap((record) => {
      const decoded = decodeKeyRecord(this.view.story.crypto, record)
      return decoded.ok ? [decoded.value as VerifiedKeyRecord] : []
    })
  }

  current() {
    return this.ring.standing(this.view.graph)
  }
}

export const SEED = new Uint8Array(32).fill(5)
export const ringOf = (view: View, name: string, seed = SEED) => new Keyring(view, name, seed)

/** What a first rekey says: it covers the creation alone. */
export function first(view: View) {
  const covers = at(view, 0)
  return { covers, state: view.graph.stateAt(covers), parents: [] }
}

/** The place of the n-th operation. */
export const at = (view: View, n: number) =>
  view.graph
    .operations()
    .slice(n, n + 1)
    .map(({ id }) => id)
