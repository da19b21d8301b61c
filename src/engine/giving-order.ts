// In which order a device gives what a relay lacks: its own first, which nobody else may have; then the others', shuffled, so that
// several devices that find a relay empty fill it together instead of each sending all of it in one order. Implements RE-5.
import type { Bytes } from '../base/bytes.ts'
import { type Random, randomBelow } from '../base/environment.ts'

/** Ids that stay together: a draw for each would cost more than it brings. */
const BLOCK = 32

export function givingOrder(ids: readonly Bytes[], isOwn: (id: Bytes) => boolean, random: Random): readonly Bytes[] {
  const [own, others]: [Bytes[], Bytes[]] = [[], []]
  for (const id of ids) (isOwn(id) ? own : others).push(id)
  const blocks: Bytes[][] = []
  for (let from = 0; from < others.length; from += BLOCK) blocks.push(others.slice(from, from + BLOCK))
  const out = [own]
  while (blocks.length > 0) {
    const at = blocks.length === 1 ? 0 : randomBelow(random, blocks.length)
    const last = blocks.pop() ?? []
    const drawn = blocks[at]
    out.push(drawn ?? last)
    if (drawn !== undefined) blocks[at] = last
  }
  return out.flat()
}
