// A bounded reading of an Automerge save (one document chunk) before anything loads it: nothing is inflated beyond a limit, no run is
// written out. Owns the limits on size alone (IN-20); what the save says is save.ts's to judge. Never throws.
import { type Bytes, equal } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import { MAX_EXPANDED_STRINGS, MAX_SAVE_COLUMNS, MAX_SAVE_INFLATED, MAX_SAVE_ROWS } from './limits.ts'
import { booleanRows, eachRun, Malformed, Reader, type Run } from './reader.ts'
import { SaveFits } from './save-fits.ts'
import { sha256 } from './sha256.ts'

export type SaveBoundsError =
  | { readonly type: 'BadSave'; readonly why: string }
  /** It would come to more than is loaded here. */
  | { readonly type: 'SaveTooLarge' }

const MAGIC = Uint8Array.of(0x85, 0x6f, 0x4a, 0x83)
const HEAD = 8
const DOCUMENT_CHUNK = 0
const DEFLATED = 8
const MAX_NAMES = 65_536
/** Strings of one column of a whole document, repetitions written out. */
const MAX_STRINGS = 16 * MAX_EXPANDED_STRINGS

class TooLarge extends Error {}

function readNames<T>(reader: Reader, read: () => T): T[] {
  const count = reader.unsigned()
  if (count > MAX_NAMES) throw new Malformed('names')
  return Array.from({ length: count }, read)
}

function readSpecs(reader: Reader): [number, number][] {
  const count = reader.unsigned()
  if (count > MAX_SAVE_COLUMNS) throw new Malformed('columns')
  return Array.from({ length: count }, () => [reader.unsigned(), reader.unsigned()])
}

/** Gives up as soon as more than `most` bytes come out. */
async function inflated(bytes: Bytes, most: number): Promise<Bytes> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      size += value.length
      if (size > most) throw new TooLarge()
      chunks.push(value)
    }
  } catch (cause) {
    await reader.cancel().catch(() => undefined)
    throw cause instanceof TooLarge ? cause : new Malformed('deflate')
  }
  const out = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}

/** The last three bits of a column's specification say how it is written. */
function boundColumn(spec: number, column: Bytes, fits: Run | undefined): void {
  const kind = spec & 7
  if (kind === 7) return
  if (kind === 4) {
    booleanRows(column, MAX_SAVE_ROWS)
    return
  }
  let strings = 0
  const text = kind === 5
  eachRun(column, text ? 'text' : kind === 3 ? 'signed' : 'unsigned', MAX_SAVE_ROWS, (value, count) => {
    fits?.(value, count)
    strings += text && value !== null ? value * count : 0
    if (strings > MAX_STRINGS) throw new TooLarge()
  })
}

async function readBody(reader: Reader): Promise<SaveFits> {
  const fits = new SaveFits()
  fits.actors(readNames(reader, () => reader.counted(64)))
  readNames(reader, () => reader.take(32))
  const [changes, operations] = [readSpecs(reader), readSpecs(reader)]
  const columns = [
    ...changes.map((column) => [...column, fits.changes] as const),
    ...operations.map((column) => [...column, fits.operations] as const),
  ]
  let room = MAX_SAVE_INFLATED
  for (const [spec, length, known] of columns) {
    const stored = reader.take(length)
    const column = (spec & DEFLATED) === 0 ? stored : await inflated(stored, room)
    room -= column.length
    if (room < 0) throw new TooLarge()
    const fit = known.get(spec & ~DEFLATED)
    if (fit === undefined) fits.unknown()
    boundColumn(spec, column, fit)
  }
  return fits
}

/** Whether this is one document chunk that may be loaded in the scratch copy, and what its columns say of every change in it. */
export async function boundSave(save: Bytes): Promise<Result<SaveFits, SaveBoundsError>> {
  if (save.length < HEAD + 2 || !equal(save.subarray(0, 4), MAGIC)) return err({ type: 'BadSave', why: 'magic' })
  if (save[HEAD] !== DOCUMENT_CHUNK) return err({ type: 'BadSave', why: 'type' })
  try {
    const reader = new Reader(save.subarray(HEAD + 1))
    const length = reader.unsigned()
    // Whatever follows would be loaded as well, and nobody has looked at it.
    if (length !== reader.left) return err({ type: 'BadSave', why: 'length' })
    if (!equal(sha256(save.subarray(HEAD)).subarray(0, 4), save.subarray(4, HEAD)))
      return err({ type: 'BadSave', why: 'checksum' })
    return ok(await readBody(reader))
  } catch (cause) {
    if (cause instanceof TooLarge) return err({ type: 'SaveTooLarge' })
    if (cause instanceof Malformed) return err({ type: 'BadSave', why: cause.why })
    throw cause
  }
}
