// Several welcomes to one device: which of them counts is decided when the graph is here, by who signed (rules JO-12, JO-15). Until
// then all are kept, a bounded number, and none is believed. Pure.
import { equal } from '../base/bytes.ts'
import { DeviceId, EpochId, idBytes } from '../base/ids.ts'
import type { SpaceRecord } from './records.ts'
import type { Space } from './space.ts'
import type { OpenedWelcome } from './welcome.ts'

export type Candidate = SpaceRecord['welcomes'][number]

/** Of a flood the first and the latest so many are kept. */
const ENDS = 4

export const candidateOf = ({ from, epoch, seed, secrets, kit, generations }: OpenedWelcome): Candidate => ({
  from: idBytes(from),
  entry: epoch,
  seed,
  secrets,
  kit,
  ...(generations.length === 0 ? {} : { generations }),
})

const promisedOf = ({ epoch, number, statement }: NonNullable<Candidate['generations']>[number]) => ({
  epoch,
  number,
  statement: null,
  ...(statement === null ? {} : { promised: statement }),
})

/** What a welcome says of the generations of channels, for the record of the space (JO-32). */
export function generationsOf({ entry, generations = [] }: Pick<Candidate, 'entry' | 'generations'>) {
  if (generations.length === 0) return {}
  const number = generations.find(({ epoch }) => equal(epoch, entry))?.number ?? 0
  return { generations: generations.map(promisedOf), floor: { epoch: entry, number } }
}

/** The channel that holds everything, as a welcome says. */
export function channelOf(space: Space, { entry, generations = [] }: Candidate) {
  const number = generations.find(({ epoch }) => equal(epoch, entry))?.number ?? 0
  return space.ring.channel(EpochId.must(entry), number)
}

/** Secrets that a device which waits may hold: more than all kept welcomes together can bring. */
export const MAX_LOADING_SECRETS = 2 * 2 * ENDS * 4_096

export const secretsOf = (welcomes: readonly Candidate[]) => welcomes.flatMap(({ secrets }) => secrets)

const same = (a: Candidate, b: Candidate) =>
  equal(a.from, b.from) && equal(a.entry, b.entry) && equal(a.seed, b.seed) && (a.kit === null) === (b.kit === null)

/** With one more; null when it is there already. */
export function keepCandidates(all: readonly Candidate[], more: Candidate): Candidate[] | null {
  if (all.some((one) => same(one, more))) return null
  const out = [...all, more]
  return out.length > 2 * ENDS ? [...out.slice(0, ENDS), ...out.slice(-ENDS)] : out
}

/** The welcome by the device that let this one in; where it was not that device's, one by a device that is active. */
export function chosen(space: Space): Candidate | null {
  if (!space.state.devices.has(space.device)) return null
  const welcomes = space.record.welcomes
  const by = space.graph
    .operations()
    .find(
      (op) =>
        (op.op === 'admit' || op.op === 'add-device') && op.target === space.device && !space.state.invalid.has(op.id),
    )?.device
  const from = ({ from: device }: Candidate) => DeviceId.must(device)
  const active = (welcome: Candidate) => space.state.devices.get(from(welcome))?.status === 'active'
  return welcomes.find((welcome) => from(welcome) === by) ?? welcomes.find(active) ?? null
}

/** The seed of a kit is taken from a device of the same person only, and from the one that brought this device in. */
export function kitOf(space: Space, welcome: Candidate): Candidate['kit'] {
  const device = space.state.devices.get(DeviceId.must(welcome.from))
  return device?.member === space.me ? welcome.kit : null
}
