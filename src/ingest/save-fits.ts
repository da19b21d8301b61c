// What the columns of a whole save say of each of its changes: where the whole stays below what one change may come to (IN-4 to IN-7), so
// does every part, and nobody needs to write the changes out one by one to see it. Owns that conclusion, which only ever says yes;
// whatever it cannot say yes to is looked at change by change (save.ts).
import { type Bytes, toHex } from '../base/bytes.ts'
import {
  ACTOR_BYTES,
  MAX_DEPENDENCIES,
  MAX_EXPANDED_STRINGS,
  MAX_EXTRA_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_OTHER_ACTORS,
  MAX_PREDECESSORS,
} from './limits.ts'
import type { Run } from './reader.ts'

/** For columns of changes and of operations, by specification without the bit for deflated: what is asked of each run. */
type Checks = ReadonlyMap<number, Run>

const ACTIONS = 8
/** Actor, sequence, counter, time and dependencies' places: bounded by being read, or by what Automerge says of each change. */
const FREE_OF_CHANGES = [1, 3, 19, 35, 67, 87]
const MESSAGE = 53
const DEPENDENCIES = 64
const EXTRA = 86
const FREE_OF_OPERATIONS = [1, 2, 17, 19, 33, 35, 52, 86, 87, 129, 131, 148]
const KEY_TEXT = 21
const ACTION = 66
const SUCCESSORS = 128
const MARK_NAME = 165

export class SaveFits {
  #all = true
  #longestKey = 0
  #marks = 0
  #predecessors = 0

  readonly changes: Checks = new Map<number, Run>([
    ...free(FREE_OF_CHANGES),
    [MESSAGE, (length) => this.#ask((length ?? 0) <= MAX_MESSAGE_BYTES)],
    [DEPENDENCIES, (many) => this.#ask((many ?? 0) <= MAX_DEPENDENCIES)],
    [EXTRA, (meta) => this.#ask((meta ?? 0) / 16 <= MAX_EXTRA_BYTES)],
  ])

  readonly operations: Checks = new Map<number, Run>([
    ...free(FREE_OF_OPERATIONS),
    [KEY_TEXT, (length) => void (this.#longestKey = Math.max(this.#longestKey, length ?? 0))],
    [ACTION, (action) => this.#ask(action !== null && action < ACTIONS)],
    [SUCCESSORS, (many, count) => void (this.#predecessors += (many ?? 0) * count)],
    [MARK_NAME, (length, count) => void (this.#marks += (length ?? 0) * count)],
  ])

  actors(all: readonly Bytes[]): void {
    this.#ask(all.length <= MAX_OTHER_ACTORS + 1 && all.every(({ length }) => length === ACTOR_BYTES))
    this.#ask(new Set(all.map(toHex)).size === all.length)
  }

  /** A column of a kind that honest saves have not. */
  unknown(): void {
    this.#all = false
  }

  /** Operations that one change may have, so that it surely passes; 0: nothing is sure. */
  get operationsPerChange(): number {
    const sure = this.#all && this.#marks <= MAX_EXPANDED_STRINGS && this.#predecessors <= MAX_PREDECESSORS
    return sure ? Math.floor(MAX_EXPANDED_STRINGS / Math.max(1, this.#longestKey)) : 0
  }

  #ask(passes: boolean): void {
    this.#all &&= passes
  }
}

const free = (specs: readonly number[]): [number, Run][] => specs.map((spec) => [spec, () => undefined])
