// What is done with a relay by whoever has seized it: work withheld while it is acknowledged, entries that are nobody's, floods, a disk
// that takes nothing, silence. Owns what such a relay says instead; the relay itself (relay.ts) is the real one.
import { type Bytes, concat } from '../../src/base/bytes.ts'
import { decodeMessage, encodeMessage } from '../../src/wire/messages.ts'
import type { Chance } from './chance.ts'

/** `withholds`: acknowledges and shows to nobody; `garbage`: gives bytes that are nobody's; `full`: takes nothing; `mute`: says nothing. */
export const SEIZURES = ['withholds', 'garbage', 'full', 'mute'] as const
export type Seizure = (typeof SEIZURES)[number]

/** What it says instead of `data`. */
export function instead(seizure: Seizure | null, data: Bytes, chance: Chance): readonly Bytes[] {
  if (seizure === 'mute') return []
  if (seizure !== 'garbage') return [data]
  const read = decodeMessage(data)
  if (!read.ok || read.value.t !== 'put')
    return chance.happens(0.02) ? [chance.bytes(chance.between(0, 300)), data] : [data]
  const entries = read.value.entries.flatMap((entry) => soiled(entry, chance))
  return entries.length === 0 ? [] : [encodeMessage({ ...read.value, entries })]
}

/** Cut, changed, replaced, with something beside it, or as it was. */
function soiled(entry: Bytes, chance: Chance): Bytes[] {
  switch (chance.below(8)) {
    case 0:
      return [entry.slice(0, chance.between(0, entry.length - 1))]
    case 1: {
      const changed = entry.slice()
      const at = chance.below(changed.length)
      changed[at] = (changed[at] ?? 0) ^ (1 + chance.below(255))
      return [changed]
    }
    case 2:
      return [chance.bytes(chance.between(0, 900))]
    case 3:
      return [entry, chance.bytes(chance.between(1, 900))]
    case 4:
      return [concat(entry, chance.bytes(3))]
    case 5:
      return []
    default:
      return [entry]
  }
}
