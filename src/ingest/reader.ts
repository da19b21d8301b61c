// A cursor over hostile bytes: LEB128 numbers, counted bytes and run-length encoded columns, without writing a run out. Throws
// `Malformed` only, which `parseChange` catches; every loop moves on by at least one byte.
import { type Bytes, fromUtf8 } from '../base/bytes.ts'

export class Malformed extends Error {
  constructor(readonly why: string) {
    super(why)
  }
}

export class Reader {
  private at = 0
  constructor(private readonly bytes: Bytes) {}

  get left(): number {
    return this.bytes.length - this.at
  }

  take(length: number): Bytes {
    if (length > this.left) throw new Malformed('too short')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** An unsigned LEB128 number below 2^53, in its shortest form. */
  unsigned(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (value > Number.MAX_SAFE_INTEGER) throw new Malformed('number')
      if (byte < 128) {
        if (byte === 0 && scale > 1) throw new Malformed('number')
        return value
      }
    }
  }

  /** A signed LEB128 number within 2^53, in its shortest form. */
  signed(): number {
    let value = 0
    let before = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      const low = byte & 127
      if (scale > 2 ** 49) throw new Malformed('number')
      value += low * scale
      if (byte < 128) {
        const needless = (low === 0 && (before & 64) === 0) || (low === 127 && (before & 64) !== 0)
        if (scale > 1 && needless) throw new Malformed('number')
        return (low & 64) === 0 ? value : value - scale * 128
      }
      before = byte
    }
  }

  counted(most: number): Bytes {
    const length = this.unsigned()
    if (length > most) throw new Malformed('too long')
    return this.take(length)
  }

  private byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw new Malformed('too short')
    this.at++
    return byte
  }
}

export type ColumnKind = 'unsigned' | 'signed' | 'text'

/** One value, `count` times; a text is given by its length in bytes. */
export type Run = (value: number | null, count: number) => void

function valueOf(reader: Reader, kind: ColumnKind): number {
  if (kind === 'unsigned') return reader.unsigned()
  if (kind === 'signed') return reader.signed()
  const text = reader.counted(reader.left)
  if (fromUtf8(text) === null) throw new Malformed('text')
  return text.length
}

/** Calls `run` for each run of a column; answers the number of rows, which is at most `most`. */
export function eachRun(column: Bytes, kind: ColumnKind, most: number, run: Run): number {
  const reader = new Reader(column)
  let rows = 0
  const add = (count: number) => {
    rows += count
    if (rows > most) throw new Malformed('rows')
  }
  while (reader.left > 0) {
    const head = reader.signed()
    add(head === 0 ? 0 : Math.abs(head))
    if (head > 0) run(valueOf(reader, kind), head)
    else if (head < 0) for (let i = 0; i < -head; i++) run(valueOf(reader, kind), 1)
    else {
      const nulls = reader.unsigned()
      if (nulls === 0) throw new Malformed('rows')
      add(nulls)
      run(null, nulls)
    }
  }
  return rows
}

/** The number of rows of a boolean column: alternating counts, false first. */
export function booleanRows(column: Bytes, most: number): number {
  const reader = new Reader(column)
  let rows = 0
  for (let first = true; reader.left > 0; first = false) {
    const count = reader.unsigned()
    if (count === 0 && !first) throw new Malformed('rows')
    rows += count
    if (rows > most) throw new Malformed('rows')
  }
  return rows
}
