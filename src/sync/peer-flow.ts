// How much may be under way between two devices: the bytes given and not yet acknowledged, the bytes that a message keeps in memory,
// and entries cut into messages. Owns counting only; what is too much is decided by the link.
import type { Bytes } from '../base/bytes.ts'
import type { ChannelId, EntryId } from '../base/ids.ts'
import { MAX_IDS } from '../wire/limits.ts'
import type { Message } from '../wire/messages.ts'

/** Entries put together up to this, so that on a slow line others get a word in between. */
const BATCH_BYTES = 64 * 1024
/** A hash and what holds it. */
const ID_WEIGHT = 64
const WEIGHT = 256

/** Bytes given and not acknowledged, by channel and entry. */
export class Flying {
  #channels = new Map<ChannelId, Map<string, number>>()
  #bytes = 0
  #waiting: (() => void)[] = []

  constructor(private readonly limit: number) {}

  /** Resolves when more may be given. */
  room(): Promise<void> {
    return this.#bytes < this.limit ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }

  off(channel: ChannelId, id: string, bytes: number): void {
    const flying = this.#channels.get(channel) ?? new Map<string, number>()
    this.#channels.set(channel, flying)
    this.#bytes += bytes - (flying.get(id) ?? 0)
    flying.set(id, bytes)
  }

  landed(channel: ChannelId, id: string): void {
    const flying = this.#channels.get(channel)
    this.#bytes -= flying?.get(id) ?? 0
    flying?.delete(id)
    this.#wake()
  }

  /** Nothing is awaited there any more; whoever waits for room looks again. */
  drop(channel: ChannelId): void {
    for (const bytes of this.#channels.get(channel)?.values() ?? []) this.#bytes -= bytes
    this.#channels.delete(channel)
    this.#wake()
  }

  #wake(): void {
    if (this.#bytes >= this.limit) return
    for (const go of this.#waiting.splice(0)) go()
  }
}

/** About how many bytes a message keeps in memory until it is done with. */
export function weightOf(message: Message): number {
  switch (message.t) {
    case 'put':
      return message.entries.reduce((sum, entry) => sum + entry.length + ID_WEIGHT, WEIGHT)
    case 'ranges':
      return message.ranges.reduce(
        (sum, range) => sum + ID_WEIGHT * (range.m === 'ids' ? range.ids.length + 2 : 2),
        WEIGHT,
      )
    case 'want':
    case 'ack':
    case 'refuse':
    case 'link':
      return WEIGHT + ID_WEIGHT * message.ids.length
    case 'offer':
      return WEIGHT + ID_WEIGHT * message.tags.length
    case 'whisper':
      return WEIGHT + message.data.length
    default:
      return WEIGHT
  }
}

/** Entries in messages below the limit, order kept. */
export function batches(entries: readonly (readonly [EntryId, Bytes])[]): (readonly [EntryId, Bytes])[][] {
  const out: (readonly [EntryId, Bytes])[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    const bytes = entry[1].length
    const last = out[out.length - 1]
    if (last === undefined || size + bytes + 8 > BATCH_BYTES || last.length >= MAX_IDS) {
      out.push([entry])
      size = bytes
    } else {
      last.push(entry)
      size += bytes + 8
    }
  }
  return out
}
