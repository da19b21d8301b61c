// What a thief with real keys does. She takes a copy of a device's storage (and its owner's frase secreta) and runs the app's own engine on
// it, made not to mind being taken out; through it she signs and sends what the app never would. Each is an action like those of
// people.ts. She never hands a secret to somebody who was taken out: nothing could prevent that.
import { encode } from '../../src/base/codec.ts'
import { DeviceId, DocumentId, type EpochId, MemberId, type OperationId } from '../../src/base/ids.ts'
import type { Bytes } from '../../src/base/bytes.ts'
import type { Crypto } from '../../src/crypto/index.ts'
import type { Space } from '../../src/engine/space.ts'
import { invitationKeys } from '../../src/identity/index.ts'
import { grant, sealRekey } from '../../src/keys/index.ts'
import { deriveActor, type EntryFields, packRecords, sealEntry, type SignedRecord } from '../../src/log/entry.ts'
import { buildOperation, type OperationFields, signConsent, signProof } from '../../src/membership/index.ts'
import { Chance } from './chance.ts'
import type { Device } from './device.ts'
import type { Action } from './people.ts'
import type { World } from './world.ts'

type Deed = (world: World, device: Device, action: Action, index: number) => Promise<string> | string
type Fields = Exclude<OperationFields, { op: 'create' }>

/** A thief at work. */
interface Hand {
  readonly space: Space
  readonly crypto: Crypto
  readonly chance: Chance
  readonly time: number
}

/** Her copy of the app: it goes on whatever the others decide, and listens wherever it can. */
function unbound(space: Space): void {
  Object.defineProperty(space, 'standing', { get: () => 'active', configurable: true })
  const listening = () => {
    const now = space.current()?.epoch ?? [...space.ring.secrets().keys()].at(-1)
    return [...space.ring.secrets().keys()].flatMap((epoch) => {
      const channel = space.ring.channel(epoch)
      return channel === null ? [] : [{ channel: channel.id, epoch, current: epoch === now }]
    })
  }
  Object.defineProperty(space, 'listening', { value: listening, configurable: true })
}

async function take(world: World, device: Device): Promise<string> {
  const thief = world.thief(device.disk.image())
  const opened = await thief.unlock()
  const space = thief.space(world.space)
  if (space !== null) unbound(space)
  return `${thief.name} ${opened}${space === null ? ', nothing there' : ''}`
}

const by =
  (act: (hand: Hand, action: Action) => Promise<string>): Deed =>
  (world, _, action, index) => {
    const thief = world.thieves[action.who % Math.max(1, world.thieves.length)]
    const space = thief?.space(world.space) ?? null
    if (thief === undefined || space === null) return 'no thief'
    const crypto = thief.keeper?.crypto
    if (crypto === undefined) return 'no thief'
    const chance = new Chance(`${String(action.a)} ${String(action.b)}`, `hostile ${String(index)}`)
    return act({ space, crypto, chance, time: world.time.now() }, action)
  }

function epochOf({ space, chance }: Hand): { epoch: EpochId; secret: Bytes } {
  const all = [...space.ring.secrets()].map(([epoch, secret]) => ({ epoch, secret }))
  const last = all.at(-1)
  if (last === undefined) throw new Error('a thief without a secret')
  return chance.happens(0.7) ? (space.current() ?? last) : (chance.pick(all) ?? last)
}

/** Signs, seals and sends, as if somebody else had: her own engine judges it as everybody's does. */
async function emit(
  hand: Hand,
  fields: Omit<EntryFields, 'space' | 'epoch' | 'time'>,
  payload: Bytes,
): Promise<boolean> {
  const { space, crypto, time } = hand
  const { epoch, secret } = epochOf(hand)
  const whole = { ...fields, space: space.id, epoch, time }
  const sealed = await sealEntry(crypto, { secret, fields: whole, payload, sign: space.keys.sign })
  if (sealed.ok) await space.receive([sealed.value.outer])
  return sealed.ok
}

async function records(hand: Hand, kind: 'op' | 'keys', list: readonly SignedRecord[]): Promise<void> {
  for (const payload of packRecords(list)) await emit(hand, { kind }, payload)
}

const someone = ({ space, chance }: Hand) => chance.pick([...space.state.members.values()])
const someDevice = ({ space, chance }: Hand) => chance.pick([...space.state.devices.values()])
const someOperation = ({ space, chance }: Hand) => chance.pick(space.graph.operations())

function cutoffs({ space, chance }: Hand, member: MemberId) {
  return (space.state.members.get(member)?.devices ?? []).map((device) => {
    const { seq, prev } = space.graph.draft(device)
    return chance.happens(0.5) ? { device, seq: seq - 1, id: prev } : { device, seq: -1, id: null }
  })
}

/** An admission of a device that she made up. */
async function puppet(hand: Hand): Promise<Fields> {
  const { crypto, space, chance } = hand
  const invitation = invitationKeys(crypto, chance.bytes(32))
  const keys = crypto.signKeys(chance.bytes(32))
  const box = crypto.boxKeys(chance.bytes(32)).publicKey
  const target = DeviceId.must(keys.publicKey)
  const newcomer = { target, box, recovery: null }
  return {
    op: 'admit',
    ...newcomer,
    member: MemberId.must(chance.bytes(16)),
    role: chance.pick(['editor', 'coordinator', 'reader'] as const) ?? 'editor',
    invitation: invitation.id,
    proof: await signProof(crypto, invitation.sign, space.id, newcomer),
    consent: await signConsent(crypto, keys, space.id, box, null),
  }
}

async function fieldsOf(hand: Hand): Promise<Fields> {
  const { chance, space } = hand
  const member = someone(hand)?.id ?? space.me
  const target = someDevice(hand)?.id ?? space.device
  switch (chance.below(9)) {
    case 0:
      return { op: 'remove', member, cutoffs: cutoffs(hand, member) }
    case 1:
      return { op: 'set-role', member, role: 'reader', cutoffs: cutoffs(hand, member) }
    case 2:
      return { op: 'set-role', member: space.me, role: 'coordinator', cutoffs: [] }
    case 3:
      return { op: 'suspend', target, cutoff: null }
    case 4:
      return { op: 'resume', target: chance.happens(0.5) ? space.device : target }
    case 5:
      return { op: 'cosign', of: someOperation(hand)?.id ?? space.graph.heads()[0]!, verdict: chance.happens(0.7) }
    case 6:
      return { op: 'rotate-device', box: hand.crypto.boxKeys(chance.bytes(32)).publicKey }
    case 7:
      return { op: 'merge' }
    default:
      return puppet(hand)
  }
}

async function operation(hand: Hand, change: Partial<{ parents: readonly OperationId[] }> = {}): Promise<SignedRecord> {
  const { space, crypto, time } = hand
  const draft = { ...space.graph.draft(space.device), time, ...change }
  const built = await buildOperation(crypto, space.keys.sign, draft, await fieldsOf(hand))
  return built.record
}

/** Signs for a place long past. */
async function backdated(hand: Hand): Promise<string> {
  const parent = someOperation(hand)?.id
  await records(hand, 'op', [await operation(hand, parent === undefined ? {} : { parents: [parent] })])
  return 'sent'
}

/** Two for one place. */
async function equivocates(hand: Hand): Promise<string> {
  const [one, other] = [await operation(hand), await operation(hand)]
  await records(hand, 'op', [one])
  await records(hand, 'op', [other])
  return 'sent'
}

/** Many ends that nobody has joined. */
async function flood(hand: Hand): Promise<string> {
  for (let n = 0; n < 20; n++) await backdated(hand)
  return 'sent'
}

async function rekeys(hand: Hand): Promise<string> {
  const { space, crypto, chance, time } = hand
  const covers = chance.happens(0.5)
    ? space.graph.heads().slice(0, 16)
    : [someOperation(hand)?.id ?? space.graph.heads()[0]!]
  const state = space.graph.stateAt(covers)
  const devices = new Map(state.devices)
  const victim = chance.pick([...devices.keys()])
  if (devices.size > 1 && victim !== undefined && chance.happens(0.5)) devices.delete(victim)
  if (![...devices.values()].some(({ status }) => status === 'active')) return 'for nobody'
  const made = await sealRekey(crypto, {
    space: space.id,
    state: { ...state, devices },
    covers,
    parents: space.ring
      .tips()
      .map(({ epoch }) => epoch)
      .slice(0, chance.between(0, 3)),
    secrets: chance.happens(0.5) ? [] : [...space.ring.secrets().values()],
    keys: space.keys.sign,
    spaceSeed: space.record.seed,
    time,
  })
  await records(hand, 'keys', made.records)
  return made.epoch.slice(0, 8)
}

/** A secret that is none, for somebody. */
async function gives(hand: Hand): Promise<string> {
  const { space, crypto, chance, time } = hand
  const to = someDevice(hand)
  if (to === undefined) return 'nobody'
  const common = { space: space.id, keys: space.keys.sign, spaceSeed: space.record.seed, time }
  const { record } = await grant(crypto, { ...common, to: to.id, box: to.box, secret: chance.bytes(32) })
  await records(hand, 'keys', [record])
  return to.id.slice(0, 8)
}

/** Content that is no change, or out of its place. */
async function scribbles(hand: Hand): Promise<string> {
  const { space, crypto, chance } = hand
  const documents = [...space.indexed().documents.keys(), space.index, DocumentId.must(chance.bytes(16))]
  const document = chance.pick(documents) ?? space.index
  const nonce = chance.bytes(16)
  const own = space.log.contentOf(document).filter(({ device }) => device === space.device)
  const last = chance.happens(0.5) ? own.at(-1) : undefined
  const first = chance.between(1, 5)
  const actor = deriveActor(crypto, space.id, space.device, document, nonce)
  const change = { actor, nonce, form: 0 as const, first, last: first + chance.below(3) }
  const place = { seq: (last?.seq ?? -1) + 1 + chance.below(2), prev: last?.headerId ?? null }
  const hash = space.documents.heads(document)[0] ?? Buffer.from(chance.bytes(32)).toString('hex')
  const fields = {
    kind: 'changes' as const,
    document,
    ...change,
    ...place,
    hash,
    heads: space.graph.heads().slice(0, 16),
  }
  const payload = encode([chance.bytes(chance.between(1, 400))])
  return (await emit(hand, fields as unknown as Omit<EntryFields, 'space' | 'epoch' | 'time'>, payload))
    ? 'sent'
    : 'not sealed'
}

/** Stands for what nobody has. */
async function witnesses(hand: Hand): Promise<string> {
  const { space, chance } = hand
  const documents = Object.fromEntries([...space.indexed().documents.keys()].map((id) => [id, [chance.bytes(32)]]))
  const fields = { kind: 'witness' as const, seq: 0, prev: null, heads: space.graph.heads().slice(0, 16) }
  return (await emit(hand, fields, encode({ documents }))) ? 'sent' : 'not sealed'
}

/** Bytes that are nothing. */
async function noise({ space, chance }: Hand): Promise<string> {
  const head = Uint8Array.of(1)
  await space.receive([new Uint8Array([...head, ...chance.bytes(chance.between(60, 900))])])
  return 'sent'
}

export const HOSTILE: Readonly<Record<string, Deed>> = {
  /** The phone is gone: its owner has it no more. */
  steal: async (world, device) => {
    if (device.stolen || device.space(world.space) === null) return 'nothing to steal'
    const image = device.disk.image()
    device.crash()
    device.disk.restore(image)
    device.stolen = true
    return take(world, device)
  },
  'x-operation': by(async (hand) => {
    await records(hand, 'op', [await operation(hand)])
    return 'sent'
  }),
  'x-backdated': by(backdated),
  'x-equivocates': by(equivocates),
  'x-flood': by(flood),
  'x-rekeys': by(rekeys),
  'x-gives': by(gives),
  'x-scribbles': by(scribbles),
  'x-witnesses': by(witnesses),
  'x-noise': by(noise),
}
