// People, devices and views of one membership graph, for stories and property tests. A view is what one device holds; views
// exchange operations with `tell`. Signatures are real unless a story asks for `quick`.
import { hash as sha, webcrypto } from 'node:crypto'
import { toHex } from '../../src/base/bytes.ts'
import { DeviceId, InvitationId, MemberId, type OperationId, type SpaceId } from '../../src/base/ids.ts'
import type { Random } from '../../src/base/environment.ts'
import { type BoxKeys, createCrypto, type Crypto, type SignKeys } from '../../src/crypto/index.ts'
import {
  buildOperation,
  type Built,
  createSpace,
  type DeviceCutoff,
  MembershipGraph,
  type OperationFields,
  type Role,
  signConsent,
  signDeviceConsent,
  signProof,
  type VerifiedOperation,
} from '../../src/membership/index.ts'

/** Bytes that follow from `seed` alone. */
export function seededRandom(seed: string): Random {
  let n = 0
  const block = () => new Uint8Array(sha('sha512', `${seed} ${n++}`, 'buffer'))
  return {
    bytes(length) {
      const out = new Uint8Array(length)
      for (let at = 0; at < length; at += 64) out.set(block().subarray(0, length - at), at)
      return out
    },
  }
}

export const realCrypto = (seed: string): Crypto =>
  createCrypto({ random: seededRandom(seed), subtle: webcrypto.subtle as SubtleCrypto })

export interface TestDevice {
  readonly name: string
  readonly id: DeviceId
  readonly keys: SignKeys
  box: BoxKeys
  readonly member: MemberId
}

type Fields = Exclude<OperationFields, { op: 'create' }>

export class View {
  constructor(
    readonly story: Story,
    readonly graph: MembershipGraph,
  ) {}

  state() {
    return this.graph.state()
  }

  member(name: string) {
    return this.state().members.get(this.story.device(name).member)
  }

  device(name: string) {
    return this.state().devices.get(this.story.device(name).id)
  }

  reason(op: VerifiedOperation): string | undefined {
    return this.state().invalid.get(op.id)
  }

  /** Writes as `name` on top of this view. */
  async write(name: string, fields: Fields): Promise<VerifiedOperation> {
    const device = this.story.device(name)
    const draft = { ...this.graph.draft(device.id), time: this.story.tick() }
    return this.put(await buildOperation(this.story.crypto, device.keys, draft, fields))
  }

  async admit(by: string, name: string, role: Role = 'editor', invitation?: SignKeys) {
    return this.write(by, await this.story.admission(name, role, invitation))
  }

  async addDevice(by: string, name: string) {
    const owner = this.story.device(by)
    const device = this.story.make(name, owner.member)
    const { space } = this.graph
    const consent = await signDeviceConsent(this.story.crypto, device.keys, space, device.box.publicKey, owner.member)
    const { id: target, member } = device
    return this.write(by, { op: 'add-device', member, target, box: device.box.publicKey, consent })
  }

  async rotate(name: string) {
    const device = this.story.device(name)
    device.box = this.story.crypto.boxKeys()
    return this.write(name, { op: 'rotate-device', box: device.box.publicKey })
  }

  /** The cut-offs that keep all this view knows, in an operation by `by`. */
  cutoffs(name: string, by = name): DeviceCutoff[] {
    const member = this.member(name)
    return (member?.devices ?? []).slice(0, 64).map((device) => ({ device, ...this.tip(device, by) }))
  }

  tip(device: DeviceId, by: string): { seq: number; id: OperationId | null } {
    return this.graph.cutoff(device, this.story.device(by).id)
  }

  remove(by: string, name: string, cutoffs = this.cutoffs(name, by)) {
    return this.write(by, { op: 'remove', member: this.story.device(name).member, cutoffs })
  }

  role(by: string, name: string, role: Role) {
    const lowers = role === 'reader' || (role === 'editor' && this.member(name)?.role === 'coordinator')
    return this.write(by, {
      op: 'set-role',
      member: this.story.device(name).member,
      role,
      cutoffs: lowers ? this.cutoffs(name, by) : [],
    })
  }

  suspend(by: string, name: string, from?: { seq: number; id: OperationId } | null) {
    const { id } = this.story.device(name)
    const tip = this.tip(id, by)
    const cutoff = from === undefined ? (tip.id === null ? null : { seq: tip.seq, id: tip.id }) : from
    return this.write(by, { op: 'suspend', target: id, cutoff })
  }

  resume(by: string, name: string) {
    return this.write(by, { op: 'resume', target: this.story.device(name).id })
  }

  cosign(by: string, of: VerifiedOperation, verdict = true) {
    return this.write(by, { op: 'cosign', of: of.id, verdict })
  }

  /** A second view that holds the same. */
  fork(story = this.story): View {
    const graph = MembershipGraph.create(this.graph.space)
    graph.add(this.graph.operations())
    return new View(story, graph)
  }

  /** What somebody knew who has seen `op` and nothing since: an old backup, or a thief who says so. */
  back(op: OperationId): View {
    const graph = MembershipGraph.create(this.graph.space)
    graph.add(this.graph.operations().filter(({ id }) => this.graph.covers([op], id)))
    return new View(this.story, graph)
  }

  /** Writes as `name` as if nothing had been seen but her own last operation and `parents`. */
  async writeOn(parents: readonly OperationId[], name: string, fields: Fields): Promise<VerifiedOperation> {
    const device = this.story.device(name)
    const draft = { ...this.graph.draft(device.id), parents, time: this.story.tick() }
    return this.put(await buildOperation(this.story.crypto, device.keys, draft, fields))
  }

  private put({ operation }: Built): VerifiedOperation {
    this.graph.add([operation])
    this.story.all.push(operation)
    return operation
  }

  /** Takes over all that the others hold. */
  tell(...others: View[]): this {
    for (const other of others) this.graph.add(other.graph.operations())
    return this
  }
}

export class Story {
  readonly all: VerifiedOperation[] = []
  private readonly devices = new Map<string, TestDevice>()
  private time = 1_700_000_000_000
  private space: SpaceId | null = null

  constructor(readonly crypto: Crypto) {}

  /** The same people, going another way from here. */
  clone(): Story {
    const other = new Story(this.crypto)
    other.all.push(...this.all)
    for (const [name, device] of this.devices) other.devices.set(name, { ...device })
    other.time = this.time
    other.space = this.space
    return other
  }

  get names(): string[] {
    return [...this.devices.keys()]
  }

  tick(): number {
    return (this.time += 1_000)
  }

  device(name: string): TestDevice {
    const device = this.devices.get(name)
    if (device === undefined) throw new Error(`nobody is called ${name}`)
    return device
  }

  make(name: string, member = MemberId.must(this.crypto.random.bytes(16))): TestDevice {
    const keys = this.crypto.signKeys()
    const device = { name, id: DeviceId.must(keys.publicKey), keys, box: this.crypto.boxKeys(), member }
    this.devices.set(name, device)
    return device
  }

  /** A device with keys of the caller's choice. */
  adopt(device: TestDevice): TestDevice {
    const own = { ...device, id: DeviceId.must(device.keys.publicKey) }
    this.devices.set(device.name, own)
    return own
  }

  async found(name: string, recovery: SignKeys | null = null): Promise<View> {
    const { keys, box, member } = this.make(name)
    const kit = recovery && DeviceId.must(recovery.publicKey)
    const founder = { member, box: box.publicKey, recovery: kit, time: this.tick() }
    const { operation }: Built = await createSpace(this.crypto, keys, founder)
    this.space = operation.space
    this.all.push(operation)
    const graph = MembershipGraph.create(operation.space)
    graph.add([operation])
    return new View(this, graph)
  }

  async admission(
    name: string,
    role: Role,
    invitation = this.crypto.signKeys(),
    device = this.devices.get(name) ?? this.make(name),
  ) {
    if (this.space === null) throw new Error('no space yet')
    const { id: target, keys, member } = device
    const box = device.box.publicKey
    const consent = await signConsent(this.crypto, keys, this.space, box, null)
    const proof = await signProof(this.crypto, invitation, this.space, { target, box, recovery: null })
    const id = InvitationId.must(invitation.publicKey)
    return { op: 'admit', member, role, target, box, recovery: null, invitation: id, proof, consent } as const
  }
}

/** A space whose first name is the founder, the next coordinators, and those ending in `:editor` or `:reader` that. */
export async function story(names: readonly string[], crypto: Crypto = realCrypto(names.join())): Promise<View> {
  const [founder, ...others] = names
  const view = await new Story(crypto).found(founder as string)
  const coordinators = [founder as string]
  for (const spec of others) {
    const [name, role] = spec.split(':') as [string, Role | undefined]
    await view.admit(founder as string, name, role ?? 'editor')
    if (role !== undefined) continue
    const promotion = await view.role(founder as string, name, 'coordinator')
    for (const by of coordinators.slice(1)) await view.cosign(by, promotion)
    coordinators.push(name)
  }
  return view
}

const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Set) return [...(value as Set<string>)].sort()
  if (typeof value !== 'object' || value === null) return value
  const entries = Symbol.iterator in value ? [...(value as ReadonlyMap<string, unknown>)] : Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]))
}

/** The state as plain data, the same for equal states. */
export function canonical(view: { state(): ReturnType<MembershipGraph['state']> }) {
  const { founder, members, devices, relays, removals, rotations, invalid, pending, flagged, disputed, successors } =
    view.state()
  return plain({
    founder,
    members,
    devices,
    relays,
    removals,
    rotations,
    invalid,
    pending,
    flagged,
    disputed,
    successors,
  })
}

/** Crypto whose signatures are empty and whose keys are only well-formed, for tests of many operations where nobody forges. */
export function quick(crypto: Crypto): Crypto {
  const key = (from: Uint8Array) => from.map((byte, i) => (i === 31 ? byte & 0x3f : byte))
  return {
    ...crypto,
    sign: () => Promise.resolve(new Uint8Array(64)),
    signKeys: (seed = crypto.random.bytes(32)) => ({ publicKey: key(seed), seed }),
    boxKeys: (secretKey = crypto.random.bytes(32)) => ({ publicKey: key(secretKey), secretKey }),
  }
}
