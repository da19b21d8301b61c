// Phones with a graph and a ring each, and sealed entries between them: who cannot open an entry does not see what is in it. Phones
// stand in groups that hear only each other. Real box keys and secrets; nothing of the engine, only what keys/ decides.
import type { Bytes } from '../../src/base/bytes.ts'
import type { DeviceId, EpochId } from '../../src/base/ids.ts'
import { OperationId } from '../../src/base/ids.ts'
import type { Crypto } from '../../src/crypto/index.ts'
import {
  gaps,
  grantRank,
  lacking,
  MANY_LACKING,
  needsRekey,
  type NewRekey,
  sealGrantUnder,
  sealUnder,
  type VerifiedKeyRecord,
} from '../../src/keys/index.ts'
import { isCoordinator, type VerifiedOperation } from '../../src/membership/index.ts'
import { epochIdOf } from '../../src/keys/epochs.ts'
import { first, Keyring, SEED } from '../support/keys-story.ts'
import { realCrypto, seededRandom, story, type View } from '../support/membership-story.ts'

/** One sealed entry: whoever holds the epoch's secret reads it. */
export interface Entry {
  readonly under: EpochId
  readonly operations: readonly VerifiedOperation[]
  readonly keys: readonly VerifiedKeyRecord[]
}

export const PEOPLE = ['ana', 'bea', 'cleo', 'dora', 'eva', 'fe', 'gina', 'hilda', 'ines', 'julia', 'karla', 'luz']
const SPECS = PEOPLE.map((name, i) => (i < 4 ? name : i < 10 ? `${name}:editor` : `${name}:reader`))
export const GROUPS = 6

/** Box keys and secrets are real; signatures, which no graph and no ring looks at, are empty. */
function unsigned(seed: string): Crypto {
  const crypto = realCrypto(seed)
  const key = (from: Bytes) => from.map((byte, i) => (i === 31 ? byte & 0x3f : byte))
  return {
    ...crypto,
    sign: () => Promise.resolve(new Uint8Array(64)),
    signKeys: (own = crypto.random.bytes(32)) => ({ publicKey: key(own), seed: own }),
  }
}

export class Phone {
  readonly keyring: Keyring
  readonly heard = new Set<Entry>()
  private readonly read = new Set<Entry>()
  private readonly known = new Map<DeviceId, EpochId>()
  private readonly written = new Set<EpochId>()
  group = 0
  /** Has announced what no rule allows, to whom it liked: what it holds itself is its own affair. */
  hostile = false

  constructor(
    readonly world: World,
    readonly name: string,
    readonly view: View,
  ) {
    this.keyring = new Keyring(view, name, SEED)
  }

  get id(): DeviceId {
    return this.keyring.device.id
  }

  get ring() {
    return this.keyring.ring
  }

  get graph() {
    return this.view.graph
  }

  /** By what this phone knows. */
  get active(): boolean {
    return this.view.state().devices.get(this.id)?.status === 'active'
  }

  readonly admittedUnder = (device: DeviceId): EpochId | null => this.known.get(device) ?? null

  /** Reads what opens, until nothing more does. */
  async open(): Promise<void> {
    for (let more = true; more;) {
      more = false
      for (const entry of this.heard) {
        if (this.read.has(entry) || !this.ring.readable(this.graph).has(entry.under)) continue
        this.read.add(entry)
        this.notice(entry)
        this.graph.add(entry.operations)
        this.ring.add(entry.keys)
        more = true
      }
      const before = this.ring.readable(this.graph).size
      await this.keyring.take()
      if (this.ring.readable(this.graph).size > before) more = true
    }
  }

  private notice({ under, operations }: Entry): void {
    this.written.add(under)
    for (const op of operations) {
      this.known.set(op.device, under)
      if ((op.op === 'admit' || op.op === 'add-device') && !this.known.has(op.target)) this.known.set(op.target, under)
    }
  }

  publish(under: readonly { epoch: EpochId }[], content: Partial<Entry>): void {
    for (const { epoch } of under) {
      const entry = { operations: [], keys: [], ...content, under: epoch }
      this.read.add(entry)
      this.notice(entry)
      for (const phone of this.world.phones) if (phone.group === this.group) phone.heard.add(entry)
    }
  }

  /** Writes an operation under the epoch in use; without one, none. */
  async write(make: () => Promise<VerifiedOperation>, under = this.ring.current(this.graph)): Promise<boolean> {
    if (!this.active || under === null) return false
    if (this.graph.needsMerge)
      this.publish([under], { operations: [await this.view.write(this.name, { op: 'merge' })] })
    this.publish([under], { operations: [await make()] })
    await this.keyring.take()
    return true
  }

  async rekeyIfDue(): Promise<boolean> {
    if (!this.active || this.graph.needsMerge || !needsRekey(this.graph, this.ring, (epoch) => this.written.has(epoch)))
      return false
    await this.rekey()
    return true
  }

  async rekey(): Promise<NewRekey> {
    const made = await this.keyring.rekey()
    this.world.honest.set(made.epoch, made.secret)
    const under = sealUnder(this.graph, this.ring, made.rekey, this.admittedUnder)
    this.publish(under, { keys: made.verified })
    return made
  }

  /** What is owed to those who lack the epoch in use: whose turn it is does not matter here. */
  async serve(): Promise<boolean> {
    const now = this.ring.current(this.graph)
    const missing = lacking(this.graph, this.ring, this.admittedUnder)
    if (!this.active || now === null || missing.length === 0) return false
    if (missing.length > MANY_LACKING) {
      await this.rekey()
      return true
    }
    for (const to of missing) {
      if (grantRank(this.view.story.crypto, to, [this.id]).get(this.id) !== 0) continue
      const given = await this.keyring.grant(this.world.nameOf(to), now.secret)
      this.ring.add([given])
      const under = sealGrantUnder(this.graph, this.ring, { epoch: now.epoch, to }, this.admittedUnder)
      // With the rekey itself: she may not have what it was published under.
      const made = this.keyring.verified().filter((record) => record.rec === 'rekey' && record.epoch === now.epoch)
      this.publish(under, { keys: [...made, given] })
    }
    return true
  }

  /** What she holds and has read under, and the epoch in use does not hand on: new box keys of hers, and one that does. */
  async closeGap(): Promise<boolean> {
    if (!this.active || this.hostile || this.graph.needsMerge) return false
    if (gaps(this.graph, this.ring, (epoch) => this.written.has(epoch)).length === 0) return false
    return (await this.write(() => this.view.rotate(this.name))) && (await this.rekeyIfDue())
  }

  /** Her own wrap does not open, or (`late`) nothing came: new box keys, said under an epoch she holds. */
  async renewIfShut(late = false): Promise<boolean> {
    const now = this.keyring.current()
    const under = this.ring.tips()[0]
    if (!this.active || now.type !== 'secret-missing' || !(now.shut || late) || under === undefined) return false
    if (late && needsRekey(this.graph, this.ring, (epoch) => this.written.has(epoch))) return false
    await this.write(() => this.view.rotate(this.name), { ...under, channel: '' as never })
    return true
  }
}

export class World {
  readonly phones: Phone[] = []
  /** Epochs made by devices that follow the rules. */
  readonly honest = new Map<EpochId, Bytes>()
  /** What a hostile device, while it was in, listed in a rekey for people who are out, or under a secret they hold: no rule can keep it from telling. */
  readonly told = new Set<EpochId>()

  static async found(seed: string): Promise<World> {
    const world = new World()
    const view = await story(SPECS, unsigned(seed))
    for (const name of PEOPLE) world.phones.push(new Phone(world, name, name === 'ana' ? view : view.fork()))
    const [ana] = world.phones as [Phone]
    const one = await ana.keyring.rekey(first(view))
    const two = await ana.keyring.rekey()
    for (const { epoch, secret } of [one, two]) world.honest.set(epoch, secret)
    for (const phone of world.phones) await phone.keyring.take(...one.verified, ...two.verified)
    return world
  }

  nameOf(device: DeviceId): string {
    return (this.phones.find(({ id }) => id === device) as Phone).name
  }

  /** A coordinator lets somebody in and hands her what she has. */
  async admit(by: Phone, name: string): Promise<void> {
    if (!isCoordinator(by.view.state(), by.id)) return
    if (!(await by.write(() => by.view.admit(by.name, name)))) return
    const phone = new Phone(this, name, by.view.fork())
    phone.group = by.group
    phone.ring.addSecrets([...by.ring.readable(by.graph).values()])
    for (const entry of by.heard) phone.heard.add(entry)
    phone.ring.add(by.keyring.verified())
    this.phones.push(phone)
    await phone.open()
  }

  /** From now on these groups hear each other, and what the other heard. */
  async join(a: number, b: number): Promise<void> {
    const both = this.phones.filter(({ group }) => group === a || group === b)
    const all = new Set(both.flatMap(({ heard }) => [...heard]))
    for (const phone of both) {
      phone.group = a
      for (const entry of all) phone.heard.add(entry)
    }
    return Promise.resolve()
  }

  /** Everybody hears everything and does what is due, until nothing is. */
  async settle(): Promise<void> {
    for (let group = 1; group < GROUPS; group++) await this.join(0, group)
    for (let round = 0; round < 60; round++) {
      let busy = false
      for (const phone of this.phones) {
        await phone.open()
        if (phone.active && phone.graph.needsMerge) {
          busy = (await phone.write(() => phone.view.write(phone.name, { op: 'merge' }))) || busy
        }
        const acted =
          (await phone.rekeyIfDue()) || (await phone.serve()) || (await phone.renewIfShut()) || (await phone.closeGap())
        busy ||= acted
      }
      if (busy) continue
      // A day later: nobody has what invented rekeys cover.
      for (const { ring, graph } of this.phones) {
        const now = ring.standing(graph)
        if (now.type !== 'behind') continue
        ring.passOver(now.epochs)
        busy = true
      }
      if (!busy) for (const phone of this.phones) busy = (await phone.renewIfShut(true)) || busy
      if (!busy) return
    }
    throw new Error('no quiet')
  }
}

const INVENTED = [1, 2, 3].map((byte) => OperationId.must(new Uint8Array(32).fill(byte)))

/** What a hostile device with real keys announces; to whom it hands secrets is nobody's to prevent. */
export async function hostileRekey(phone: Phone, choice: number): Promise<void> {
  phone.hostile = true
  const { keyring, graph, ring } = phone
  const { crypto } = phone.view.story
  ring.standing(graph)
  const before = graph.stateAt(
    graph
      .operations()
      .slice(0, 1)
      .map(({ id }) => id),
  )
  const valid = ring.epochs(graph).flatMap(({ id }) => ring.secret(id) ?? [])
  const old = valid[choice % Math.max(valid.length, 1)] ?? new Uint8Array(32)
  const replay = { ...crypto, random: { bytes: (n: number) => (n === 32 ? old : crypto.random.bytes(n)) } }
  let sealed = 0
  const mixed = (key: Bytes, nonce: Bytes, text: Bytes) =>
    crypto.seal(key, nonce, text.length === 32 && sealed++ % 2 === 0 ? crypto.random.bytes(32) : text)
  const crowd = {
    ...graph.state(),
    devices: new Map([...graph.state().devices].map(([id, one]) => [id, { ...one, status: 'active' as const }])),
  }
  const kinds: readonly (() => Promise<NewRekey>)[] = [
    () => keyring.rekey({ state: before }),
    () => keyring.rekey({ state: crowd }),
    () => keyring.rekey({ spaceSeed: crypto.random.bytes(32) }),
    () => keyring.rekey({}, replay),
    () => keyring.rekey({ parents: [] }, replay),
    () => keyring.rekey({}, { ...crypto, seal: mixed }),
    () => keyring.rekey({ covers: [INVENTED[choice % 3]!] }),
    () => keyring.rekey({ keys: crypto.signKeys(seededRandom(`${choice}`).bytes(32)) }),
    () => keyring.rekey({ secrets: [] }, choice % 2 === 0 ? { ...crypto, seal: mixed } : crypto),
  ]
  const made = await kinds[choice % kinds.length]!()
  if ([0, 1, 3, 4].includes(choice % kinds.length))
    for (const epoch of ring.secrets().keys()) phone.world.told.add(epoch)
  // Under an epoch that is one for the others, too: what is sealed under a private secret has no standing.
  const others = ring.epochs(graph).filter(({ id }) => ring.secret(id) !== undefined && id !== made.epoch)
  const under = others[choice % others.length]
  if (under !== undefined) phone.publish([{ epoch: under.id }], { keys: made.verified })
}

/** A hostile device seals an operation under a secret that no rekey names, and gives that secret to one other. */
export async function privately(phone: Phone, to: Phone, choice: number): Promise<void> {
  const known = phone.ring.current(phone.graph)
  if (!phone.active || known === null || phone.view.device(to.name) === undefined) return
  phone.hostile = true
  const secret = seededRandom(`private ${choice} ${phone.name}`).bytes(32)
  const grant = await phone.keyring.grant(to.name, secret)
  // On a copy of what she knows: what she says to the others does not rest on it, or she would only shut herself out.
  const operation = await phone.view.fork().write(phone.name, { op: 'merge' })
  phone.publish([known], { keys: [grant] })
  phone.publish([{ epoch: epochIdOf(phone.view.story.crypto, secret) }], { operations: [operation] })
}
