// The whole simulated world of one seed: time, chance, relays, lines, devices, and the trace of what happened. Two worlds of one
// plan are the same to the byte; `hash` says so. Owns no decision about what people do (people.ts) or what must hold (invariants.ts).
import { createHash } from 'node:crypto'
import type { Bytes } from '../../src/base/bytes.ts'
import type { MemberId, SpaceId } from '../../src/base/ids.ts'
import { Chance } from './chance.ts'
import { Device } from './device.ts'
import type { DiskImage } from './disk.ts'
import { Network } from './network.ts'
import { type RelayImage, SimRelay } from './relay.ts'
import { Room } from './room.ts'
import { takeOver, Time } from './time.ts'

export interface Failure {
  readonly rule: string
  readonly detail: string
}

/** How all get together in the end: over relays, in a room without any relay, or by files carried by hand. */
export type Ending = 'relays' | 'room' | 'files'

export interface Linked {
  /** Who is in and helps. */
  readonly host: Device
  readonly taker: Device
  /** As whom the taker comes in. */
  readonly owner: Device
  /** Her member id then: who was taken out and comes back has another. */
  readonly member: MemberId | null
  readonly at: number
  confirmed: boolean
}

/** A bundle file that somebody carries. */
export interface Carried {
  readonly file: Bytes
  readonly by: Device
  readonly at: number
  readonly since: boolean
}

/** 2026-01-05, a Monday. */
const BEGINNING = Date.UTC(2026, 0, 5)
export const MINUTE = 60_000
export const DAY = 24 * 60 * MINUTE

export class World {
  readonly chance: Chance
  readonly time = new Time(BEGINNING)
  readonly network: Network
  readonly room: Room
  /** Bundle files on sticks, the latest last. */
  readonly files: Carried[] = []
  readonly relays: SimRelay[] = []
  /** Of honest people, in the order they came; a thief's copies are in `thieves`. */
  readonly devices: Device[] = []
  readonly thieves: Device[] = []
  readonly failures: Failure[] = []
  readonly trace: string[] = []
  readonly relayBackups = new Map<SimRelay, RelayImage>()
  /** Some relay acknowledged and forgot, or was put back. */
  relaysForgot = false
  space: SpaceId | null = null
  /** Spaces that go on from it. */
  readonly successors = new Set<SpaceId>()
  /** Links between devices of one person that were taken, by their id. */
  readonly links = new Map<string, Linked>()
  /** Requests under way. */
  readonly asked = new Map<Promise<void>, string>()
  readonly #hash = createHash('sha256')
  readonly #giveBack: () => void
  readonly #rejected = (cause: unknown) => this.fail('unhandled-rejection', describe(cause))
  readonly #others: NodeJS.UnhandledRejectionListener[]

  /** `ending`: by what the world is made whole in the end; null: a life without the carriers of `carriers.ts`. */
  constructor(
    seed: string,
    relays: number,
    devices: number,
    readonly ending: Ending | null = null,
  ) {
    this.chance = new Chance(seed)
    this.#giveBack = takeOver(this.time, this.chance.stream('process'))
    // Ours alone: what is rejected in a simulated world is that world's failure.
    this.#others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', this.#rejected)
    const seen = (line: string, data: Bytes) => this.record(line, data)
    const host = { clock: this.time, chance: this.chance, seen }
    this.network = new Network(host)
    this.room = new Room(host)
    for (let i = 0; i < relays; i++) {
      const relay = new SimRelay(`relay-${String(i)}`, this.time, this.chance.stream('relay', i))
      this.relays.push(relay)
      this.network.relays.set(relay.address, relay)
    }
    for (let i = 0; i < devices; i++) this.devices.push(new Device(`device-${String(i)}`, this))
  }

  thief(image: DiskImage): Device {
    const device = new Device(`thief-${String(this.thieves.length)}`, this, image)
    device.stolen = true
    this.thieves.push(device)
    return device
  }

  fail(rule: string, detail: string): void {
    this.failures.push({ rule, detail })
    this.say(`!! ${rule}: ${detail}`)
  }

  say(line: string): void {
    this.trace.push(`${this.stamp()} ${line}`)
    this.#hash.update(`${line}\n`)
  }

  record(line: string, data: Bytes): void {
    this.#hash.update(`${String(this.time.now())} ${line} ${String(data.length)}\n`).update(data)
  }

  /** So far; the same for the same plan. */
  hash(): string {
    return this.#hash.copy().digest('hex').slice(0, 32)
  }

  /** Runs the world until `work` has answered; false when it has not within `span` ms. */
  async finish(work: Promise<unknown>, span: number): Promise<boolean> {
    let done = false
    const note = () => {
      done = true
    }
    work.then(note, note)
    return this.time.until(this.time.now() + span, () => done)
  }

  end(): void {
    for (const device of [...this.devices, ...this.thieves]) device.crash()
    process.removeListener('unhandledRejection', this.#rejected)
    for (const listener of this.#others) process.on('unhandledRejection', listener)
    this.#giveBack()
  }

  stamp(): string {
    const since = this.time.now() - BEGINNING
    return `${String(Math.floor(since / DAY))}d${((since % DAY) / 1000).toFixed(3).padStart(9, '0')}`
  }
}

export function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}
