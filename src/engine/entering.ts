// How a device enters a space by its welcome: at once, though not yet believed; with every further welcome kept beside the first; and in
// the end by the one that the graph says counts, when its history is here (rules JO-12, JO-13, JO-15). Owns that order; bringing
// spaces up and putting them away is the workspace's.
import { idBytes, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { parseRelayAddress } from '../carriers/relay.ts'
import { type DeviceKeys, deviceId } from '../identity/index.ts'
import { decodeOperation } from '../membership/index.ts'
import type { SyncLink } from '../sync/sync-link.ts'
import type { ApiError } from './api.ts'
import type { Way, WorkspaceContext } from './context.ts'
import {
  type Candidate,
  candidateOf,
  channelOf,
  chosen,
  generationsOf,
  keepCandidates,
  kitOf,
  MAX_LOADING_SECRETS,
  secretsOf,
} from './linking-welcomes.ts'
import type { SpaceRecord } from './records.ts'
import type { Space } from './space.ts'
import type { OpenedWelcome } from './welcome.ts'

/** What of a workspace entering needs beside its context. */
export interface EnteringHost {
  /** Under keys never used before. */
  bringUp(record: SpaceRecord): Promise<Space>
  putAway(space: Space): Promise<void>
  /** The history is here, and who may have let her in is known. */
  arrived(space: Space): Promise<void>
  /** A relay may be in step already with what is listened to from now on. */
  linksChanged(): void
  /** Being in step with this one means having the whole: a relay, or a device that is not itself waiting for it. */
  isWhole(link: SyncLink, space: Space): boolean
}

/** Before the graph says which relays a space has: those of the link and of each welcome. */
const MAX_RELAYS_KNOWN = 16

export class Entering {
  #turn: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly workspace: WorkspaceContext,
    private readonly host: EnteringHost,
  ) {}

  /** The space that a welcome opens. One at a time: two welcomes to one space must not bring it up twice. */
  enter(welcome: OpenedWelcome, keys: DeviceKeys, way: Way): Promise<Result<Space, ApiError>> {
    return this.#inTurn(() => this.#enter(welcome, keys, way))
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(run)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #enter(welcome: OpenedWelcome, keys: DeviceKeys, way: Way): Promise<Result<Space, ApiError>> {
    const id = SpaceId.must(welcome.space)
    const known = this.workspace.spaces.get(id)
    const create = decodeOperation(this.workspace.crypto, { body: welcome.create[0], signature: welcome.create[1] })
    if (!create.ok || create.value.op !== 'create' || create.value.space !== id)
      return err({ type: 'BadInvitation', reason: 'damaged' })
    if (known !== undefined && known.device === deviceId(keys)) return this.#enterAgain(known, welcome)
    // Who waits behind a welcome that leads nowhere, or was taken out, may come in by another way.
    if (known !== undefined && known.standing !== 'removed' && known.standing !== 'loading')
      return err({ type: 'AlreadyMember', space: id })
    const relays = [...welcome.relays.filter((relay) => parseRelayAddress(relay) !== null), ...way.relays]
    const record: SpaceRecord = {
      v: 1,
      space: welcome.space,
      member: welcome.member,
      device: { seed: keys.sign.seed, box: keys.box.secretKey },
      create: welcome.create,
      seed: welcome.seed,
      // Who was taken out and comes back keeps what she could read.
      secrets: [...(known?.record.secrets ?? []), ...welcome.secrets],
      entry: welcome.epoch,
      relays: withoutRepeats(relays),
      invitations: [],
      welcomes: [candidateOf(welcome)],
      ...generationsOf(candidateOf(welcome)),
      linked: way.linked,
      name: way.name === '' ? this.workspace.env.deviceName : way.name,
      joinedAt: this.workspace.env.clock.now(),
      loaded: false,
    }
    if (known !== undefined) await this.host.putAway(known)
    const space = await this.host.bringUp(record)
    await space.save()
    this.workspace.changed()
    return ok(space)
  }

  /** One more welcome to a device that waits for its history: what it brings is kept beside the first. */
  async #enterAgain(space: Space, welcome: OpenedWelcome): Promise<Result<Space, ApiError>> {
    if (space.standing !== 'loading') return err({ type: 'AlreadyMember', space: space.id })
    const { record } = space
    const more = keepCandidates(record.welcomes, candidateOf(welcome))
    if (more === null) return ok(space)
    const relays = [...record.relays, ...welcome.relays.filter((relay) => parseRelayAddress(relay) !== null)]
    if (space.ring.secrets().size + welcome.secrets.length > MAX_LOADING_SECRETS) {
      // Very many false welcomes: what those that were let go brought is let go too.
      await this.host.putAway(space)
      const kept = { welcomes: more, relays: withoutRepeats(relays), secrets: secretsOf(more) }
      return ok(await this.host.bringUp({ ...record, ...kept }))
    }
    await space.serial(async () => {
      record.welcomes = more
      record.relays = withoutRepeats(relays)
      await space.learn(welcome.secrets)
    })
    this.workspace.arrange(space)
    this.host.linksChanged()
    return ok(space)
  }

  /** Whether the welcome that counts has led to the whole history. */
  look(space: Space): void {
    const welcome = chosen(space)
    const channel = welcome === null ? null : channelOf(space, welcome)
    if (welcome === null || channel === null) return
    // Where snapshots failed, every older channel is asked for what they should have brought.
    const all = space.snapshots.history ? space.listening().map((item) => item.channel) : [channel.id]
    const whole = this.workspace.connections.all().filter((link) => this.host.isWhole(link, space))
    if (!whole.some((link) => all.every((one) => link.inStep(one)))) return
    void this.#inTurn(() => this.#arrived(space, welcome)).catch(() => undefined)
  }

  /** The whole history is here. */
  async #arrived(space: Space, welcome: Candidate): Promise<void> {
    if (space.record.loaded || this.workspace.spaces.get(space.id) !== space) return
    let here = space
    const member = space.state.devices.get(space.device)?.member
    if (member === undefined) return
    if (await here.serial(() => here.withoutSnapshots())) return this.host.linksChanged()
    if (space.record.welcomes.length > 1 || member !== space.me) {
      // Of several welcomes one was true: the space is brought up anew with what that one and the graph say.
      await this.host.putAway(space)
      const { seed, entry, secrets } = welcome
      const { generations: _g, floor: _f, ...kept } = space.record
      const found = space.record.welcomes.length > 1 ? generationsOf(welcome) : { generations: _g, floor: _f }
      here = await this.host.bringUp({ ...kept, ...found, seed, entry, secrets, member: idBytes(member) })
    }
    await this.workspace.linkings.learnKit(here, kitOf(here, welcome))
    await here.serial(async () => {
      here.record.entry = welcome.entry
      here.record.welcomes = []
      await here.loaded()
    })
    await this.host.arrived(here)
  }
}

const withoutRepeats = (relays: readonly string[]) => {
  const byAddress = new Map<string, string>()
  for (const relay of relays) {
    const address = parseRelayAddress(relay)?.address ?? relay
    if (!byAddress.has(address)) byAddress.set(address, relay)
  }
  return [...byAddress.values()].slice(0, MAX_RELAYS_KNOWN)
}
