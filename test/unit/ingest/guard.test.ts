// The guard, on real Automerge changes and on forged ones; rules IN-1 to IN-12.
import { createHash } from 'node:crypto'
import { next as A } from '@automerge/automerge/slim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bytes, concat, fromHex, toHex, utf8 } from '../../../src/base/bytes.ts'
import { ActorId, ChangeHash } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { guardChanges, type GuardContext } from '../../../src/ingest/guard.ts'
import { MAX_NESTING, MAX_OPERATIONS } from '../../../src/ingest/limits.ts'
import { parseChange } from '../../../src/ingest/parse-change.ts'
import { sha256 } from '../../../src/ingest/sha256.ts'
import type { Header } from '../../../src/log/header.ts'
import { bytesOf, changesFields, testSpace } from '../../support/log.ts'

type Doc = Record<string, unknown>
const actorOf = (name: string) => toHex(bytesOf(name, 16))
const luz = actorOf('luz')
const marta = actorOf('marta')
const empty = (actor = luz): A.Doc<Doc> => A.init<Doc>({ actor })
const lastOf = (doc: A.Doc<Doc>): Bytes => A.getLastLocalChange(doc)!
const changesOf = (doc: A.Doc<Doc>): Bytes[] => A.getAllChanges(doc)
const put = (doc: A.Doc<Doc>, key: string, value: unknown, time = 0) =>
  A.change(doc, { time }, (draft) => {
    draft[key] = value
  })

const world = testSpace()
const header = (changes: readonly Bytes[], over: Partial<Header> = {}): Header => {
  const meta = changes.map((change) => unwrap(parseChange(change)))
  const [first, last] = [meta[0]!, meta.at(-1)!]
  const fields = changesFields(world, world.luz, {
    actor: first.actor,
    first: first.seq,
    last: last.seq,
    hash: last.hash,
  })
  return { ...fields, device: '' as Header['device'], payload: new Uint8Array(32), ...over }
}
const verdict = (changes: readonly Bytes[], over: Partial<Header> = {}, context: GuardContext = {}) => {
  const result = guardChanges(header(changes, over), changes, context)
  return result.ok ? 'ok' : result.error.type
}

const leb = (n: number): number[] => (n < 128 ? [n] : [(n % 128) + 128, ...leb(Math.floor(n / 128))])
const sleb = (n: number): number[] => {
  const low = ((n % 128) + 128) % 128
  const rest = Math.floor(n / 128)
  return (rest === 0 && low < 64) || (rest === -1 && low >= 64) ? [low] : [low + 128, ...sleb(rest)]
}

interface Forged {
  readonly actor?: Bytes
  readonly seq?: number
  readonly startOp?: number
  readonly dependencies?: readonly Bytes[]
  readonly others?: readonly Bytes[]
  readonly message?: Bytes
  readonly columns?: readonly (readonly [number, readonly number[]])[]
  readonly extra?: Bytes
}

function chunk(type: number, body: Bytes): Bytes {
  const tail = Uint8Array.from([type, ...leb(body.length), ...body])
  return concat(Uint8Array.of(0x85, 0x6f, 0x4a, 0x83), sha256(tail).slice(0, 4), tail)
}

/** A change with a right checksum and whatever else the test wants. */
function forge(over: Forged = {}): Bytes {
  const {
    actor = fromHex(luz)!,
    seq = 1,
    startOp = 1,
    dependencies = [],
    others = [],
    message = utf8(''),
    columns = [],
  } = over
  return chunk(
    1,
    Uint8Array.from([
      ...[...leb(dependencies.length), ...dependencies.flatMap((hash) => [...hash])],
      ...[...leb(actor.length), ...actor, ...leb(seq), ...leb(startOp), 0],
      ...[...leb(message.length), ...message],
      ...[...leb(others.length), ...others.flatMap((other) => [...leb(other.length), ...other])],
      ...[...leb(columns.length), ...columns.flatMap(([spec, data]) => [...leb(spec), ...leb(data.length)])],
      ...columns.flatMap(([, data]) => [...data]),
      ...(over.extra ?? []),
    ]),
  )
}

const parsed = (bytes: Bytes) => {
  const result = parseChange(bytes)
  return result.ok ? 'ok' : result.error.type === 'BadChange' ? result.error.why : result.error.type
}

/** Every shape of edit that the documents make. */
function busyDocument(): A.Doc<Doc> {
  let doc = A.change(empty(), { message: 'inicio', time: 1_790_000_000 }, (draft) => {
    Object.assign(draft, {
      title: 'Plan',
      list: [1, 2, 3],
      n: new A.Counter(3),
      map: { a: { b: { c: 1 } } },
      bytes: bytesOf('b', 40),
    })
    Object.assign(draft, { float: 1.5, nothing: null, yes: true, date: new Date(5), code: new A.ImmutableString('x') })
  })
  doc = A.change(doc, (draft) => A.splice(draft, ['title'], 4, 0, ' de protección ñ 🌱'))
  doc = A.change(doc, (draft) => A.mark(draft, ['title'], { start: 0, end: 4, expand: 'both' }, 'bold', true))
  doc = A.change(doc, (draft) =>
    A.splitBlock(draft, ['title'], 2, { type: new A.ImmutableString('p'), parents: [], attrs: {} }),
  )
  doc = A.change(doc, (draft) => (draft['n'] as A.Counter).increment(4))
  doc = A.change(doc, (draft) => {
    delete draft['list']
  })
  let other = A.change(A.clone(doc, { actor: marta }), (draft) => A.splice(draft, ['title'], 0, 2, 'El '))
  other = A.change(other, (draft) => A.unmark(draft, ['title'], { start: 0, end: 9, expand: 'none' }, 'bold'))
  doc = A.merge(put(doc, 'here', 1), other)
  doc = A.change(doc, (draft) => A.splice(draft, ['title'], 0, 6))
  doc = A.emptyChange(doc)
  return put(doc, 'last', ['a', { b: ['c'] }])
}

describe('a real change', () => {
  it('IN-2 is read as Automerge reads it, for every shape of edit', () => {
    const changes = changesOf(busyDocument())
    expect(changes.length).toBeGreaterThan(10)
    for (const bytes of changes) {
      const ours = unwrap(parseChange(bytes))
      const theirs = A.decodeChange(bytes)
      expect({ ...ours, objects: ours.objects.length }).toEqual({
        hash: theirs.hash,
        actor: theirs.actor,
        seq: theirs.seq,
        startOp: theirs.startOp,
        maxOp: theirs.startOp + theirs.ops.length - 1,
        operations: theirs.ops.length,
        dependencies: [...theirs.deps].sort(),
        time: theirs.time,
        message: theirs.message,
        objects: theirs.ops.filter(({ action }) => action.startsWith('make')).length,
      })
    }
  })

  it('IN-3 is raw also when it is large, however it is asked for', () => {
    const text = Array.from({ length: 100_000 }, (_, i) => String.fromCharCode(97 + ((i * 7919) % 26))).join('')
    const before = put(empty(), 'text', '')
    const doc = A.change(before, (draft) => A.splice(draft, ['text'], 0, 0, text))
    const loaded = A.load<Doc>(A.save(doc))
    const ways = [
      lastOf(doc),
      A.getChanges(before, doc)[0]!,
      changesOf(loaded)[1]!,
      A.encodeChange(A.decodeChange(lastOf(doc))),
    ]
    for (const change of ways) {
      expect(change[8]).toBe(1)
      expect(unwrap(parseChange(change)).operations).toBe(100_000)
    }
    expect(verdict(changesOf(doc))).toBe('ok')
  })

  it('IN-8 passes the guard, alone and in a batch, with what comes before it known', () => {
    const mine = changesOf(busyDocument()).filter((bytes) => A.decodeChange(bytes).actor === luz)
    expect(verdict(mine)).toBe('ok')
    const maxOps = new Map(
      changesOf(busyDocument()).map((bytes) => [unwrap(parseChange(bytes)).hash, unwrap(parseChange(bytes)).maxOp]),
    )
    const maxOpOf = (hash: ChangeHash) => maxOps.get(hash)
    mine.forEach((bytes, i) => {
      const before = i === 0 ? null : A.decodeChange(mine[i - 1]!)
      const previous =
        before === null ? null : { actor: ActorId.parse(luz), last: before.seq, hash: ChangeHash.parse(before.hash) }
      expect(verdict([bytes], {}, { previous, maxOpOf })).toBe('ok')
    })
  })
})

describe('the bytes of a change', () => {
  it('are hashed as FIPS 180-4 says', () => {
    expect(toHex(sha256(utf8('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000, 100_000]) {
      const message = bytesOf(`message ${length}`, length)
      expect(toHex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'))
    }
  })

  it('IN-2 are one chunk and nothing else', () => {
    const good = lastOf(put(empty(), 'a', 1))
    expect(parsed(good)).toBe('ok')
    expect(parsed(concat(good, good))).toBe('length')
    expect(parsed(concat(good, Uint8Array.of(0)))).toBe('length')
    expect(parsed(good.slice(0, -1))).toBe('length')
    expect(parsed(new Uint8Array(0))).toBe('magic')
    expect(parsed(A.save(put(empty(), 'a', 1)))).toBe('type')
    expect(parsed(good.map((byte, i) => (i === 5 ? byte ^ 1 : byte)))).toBe('BadChecksum')
  })

  it('IN-3 are not deflated, neither whole nor by column', () => {
    expect(parsed(chunk(2, bytesOf('deflated', 100)))).toBe('CompressedChange')
    expect(parsed(forge({ columns: [[66 + 8, [1, 1]]] }))).toBe('columns')
  })

  it('IN-4 keep to the limits of their head', () => {
    expect(parsed(forge())).toBe('ok')
    const sorted = Array.from({ length: 1_025 }, (_, n) => bytesOf(`d${n}`, 32)).sort((a, b) =>
      toHex(a) < toHex(b) ? -1 : 1,
    )
    expect(parsed(forge({ dependencies: sorted.slice(1) }))).toBe('ok')
    const bad: Forged[] = [
      { dependencies: sorted },
      { dependencies: [sorted[1]!, sorted[0]!] },
      { dependencies: [sorted[0]!, sorted[0]!] },
      { actor: bytesOf('a', 15) },
      { actor: bytesOf('a', 17) },
      { seq: 0 },
      { startOp: 0 },
      { startOp: 2 ** 31 },
      { seq: 2 ** 60 },
      { message: utf8('x'.repeat(1_025)) },
      { message: Uint8Array.of(0xff) },
      { others: [fromHex(luz)!] },
      { others: [bytesOf('o', 16), bytesOf('o', 16)] },
      { others: [bytesOf('o', 15)] },
      { extra: new Uint8Array(1_025) },
      {
        columns: [
          [66, [1, 1]],
          [66, [1, 1]],
        ],
      },
      { columns: [[999, []]] },
    ]
    for (const over of bad) expect(parsed(forge(over)), JSON.stringify(over).slice(0, 60)).not.toBe('ok')
  })

  it('IN-5 cannot hold more operations than their limit in a few bytes', () => {
    const ops = (count: number) => forge({ columns: [[66, [...sleb(count), 1]]] })
    expect(unwrap(parseChange(ops(MAX_OPERATIONS))).operations).toBe(MAX_OPERATIONS)
    expect(ops(1_000_000).length).toBeLessThan(96)
    expect(parsed(ops(MAX_OPERATIONS + 1))).toBe('rows')
    expect(parsed(ops(2 ** 40))).toBe('rows')
    expect(parsed(forge({ startOp: 2 ** 31 - 1, columns: [[66, [...sleb(2), 1]]] }))).toBe('startOp')
    expect(parsed(forge({ columns: [[66, [0, ...leb(5)]]] }))).toBe('action')
    expect(parsed(forge({ columns: [[66, [1, 8]]] }))).toBe('action')
    expect(
      parsed(
        forge({
          columns: [
            [2, [2, 1]],
            [66, [1, 1]],
          ],
        }),
      ),
    ).toBe('rows')
    expect(
      parsed(
        forge({
          columns: [
            [52, [...leb(9)]],
            [66, [1, 1]],
          ],
        }),
      ),
    ).toBe('rows')
    expect(
      parsed(
        forge({
          columns: [
            [66, [...sleb(1_000), 1]],
            [112, [...sleb(1_000), ...leb(1_000)]],
          ],
        }),
      ),
    ).toBe('expanded')
  })

  it('IN-6 refer to actors they name, predecessors they count and values they have', () => {
    expect(
      parsed(
        forge({
          columns: [
            [1, [1, 1]],
            [66, [1, 1]],
          ],
        }),
      ),
    ).toBe('actor')
    expect(
      parsed(
        forge({
          others: [bytesOf('o', 16)],
          columns: [
            [1, [1, 1]],
            [66, [1, 1]],
          ],
        }),
      ),
    ).toBe('ok')
    expect(
      parsed(
        forge({
          columns: [
            [66, [1, 1]],
            [112, [1, 1]],
          ],
        }),
      ),
    ).toBe('rows')
    expect(
      parsed(
        forge({
          columns: [
            [66, [1, 1]],
            [113, [1, 0]],
          ],
        }),
      ),
    ).toBe('rows')
    expect(
      parsed(
        forge({
          columns: [
            [66, [1, 1]],
            [86, [1, ...leb(160)]],
            [87, [1]],
          ],
        }),
      ),
    ).toBe('values')
    expect(
      parsed(
        forge({
          columns: [
            [66, [1, 1]],
            [87, [1]],
          ],
        }),
      ),
    ).toBe('values')
  })

  it('IN-7 do not grow by repeating a long text, and hold well-formed text only', () => {
    const key = [...leb(1_000), ...Array.from({ length: 1_000 }, () => 97)]
    const repeated = (count: number) =>
      forge({
        columns: [
          [21, [...sleb(count), ...key]],
          [66, [...sleb(count), 1]],
        ],
      })
    expect(parsed(repeated(4_000))).toBe('ok')
    expect(parsed(repeated(5_000))).toBe('expanded')
    expect(
      parsed(
        forge({
          columns: [
            [21, [1, 1, 0xff]],
            [66, [1, 1]],
          ],
        }),
      ),
    ).toBe('text')
  })

  it('IN-1 give a verdict, whatever they are, and at once', () => {
    const good = lastOf(busyDocument())
    fc.assert(
      fc.property(fc.nat(good.length - 10), fc.uint8Array({ minLength: 1, maxLength: 12 }), (at, rubbish) => {
        const body = good.slice(10)
        body.set(rubbish.slice(0, body.length - at), Math.min(at, body.length))
        expect(typeof parsed(chunk(1, body))).toBe('string')
        expect(typeof parsed(chunk(1, rubbish))).toBe('string')
        expect(parsed(rubbish)).toBe('magic')
      }),
      { numRuns: 500 },
    )
  })
})

describe('the guard', () => {
  const doc = put(put(put(empty(), 'a', 1), 'b', 2), 'c', 3)
  const three = changesOf(doc)

  it('IN-8 wants the actor, the sequence and the number that the header signed', () => {
    expect(verdict(three)).toBe('ok')
    expect(verdict(three, { actor: ActorId.parse(marta)! })).toBe('WrongActor')
    expect(verdict(three, { first: 2, last: 4 })).toBe('WrongSequence')
    expect(verdict([three[0]!, three[0]!])).toBe('WrongCount')
    expect(verdict([three[0]!, three[2]!], { last: 2 })).toBe('WrongSequence')
    expect(verdict(three, { last: 2 })).toBe('WrongCount')
    expect(guardChanges(header(three, { kind: 'snapshot' }), three).ok).toBe(false)
    expect(guardChanges(header(three), []).ok).toBe(false)
  })

  it('IN-9 wants the last hash that the header signed', () => {
    expect(verdict(three, { hash: ChangeHash.must(bytesOf('other', 32)) })).toBe('WrongHash')
  })

  it('IN-10 wants each change to depend on the one before by the same author', () => {
    const [one, two] = three as [Bytes, Bytes]
    const loose = forge({ seq: 2, startOp: 2, dependencies: [bytesOf('somebody else', 32)] })
    expect(verdict([one, loose])).toBe('MissingOwnPrevious')
    expect(verdict([forge({ seq: 2, startOp: 2 })])).toBe('MissingOwnPrevious')
    const previous = { actor: ActorId.parse(luz), last: 1, hash: unwrap(parseChange(one)).hash }
    expect(verdict([two], {}, { previous })).toBe('ok')
    expect(verdict([two], {}, { previous: null })).toBe('MissingOwnPrevious')
    expect(verdict([two], {}, { previous: { ...previous, last: 2 } })).toBe('MissingOwnPrevious')
    expect(verdict([two], {}, { previous: { ...previous, actor: ActorId.parse(marta) } })).toBe('MissingOwnPrevious')
    expect(verdict([two], {}, { previous: { ...previous, hash: ChangeHash.must(bytesOf('other', 32)) } })).toBe(
      'MissingOwnPrevious',
    )
    expect(verdict([one], {}, { previous })).toBe('MissingOwnPrevious')
    expect(verdict([one], {}, { previous: { ...previous, actor: ActorId.parse(marta) } })).toBe('ok')
  })

  it('IN-11 wants the counter to start one above what it depends on', () => {
    const [one] = three as [Bytes]
    const hash = fromHex(unwrap(parseChange(one)).hash)!
    const second = (startOp: number) => forge({ seq: 2, startOp, dependencies: [hash], columns: [[66, [1, 1]]] })
    expect(verdict([one, second(2)])).toBe('ok')
    expect(verdict([one, second(1)])).toBe('WrongStart')
    expect(verdict([one, second(1_000_000)])).toBe('WrongStart')
    expect(verdict([forge({ startOp: 7 })])).toBe('WrongStart')
    expect(verdict([second(9)], {}, { maxOpOf: () => 8 })).toBe('ok')
    expect(verdict([second(10)], {}, { maxOpOf: () => 8 })).toBe('WrongStart')
    expect(verdict([second(10)], {}, { maxOpOf: () => undefined })).toBe('ok')
  })

  it('IN-5 counts operations over all changes of an entry', () => {
    const half = (seq: number, startOp: number, dependencies: readonly Bytes[]) =>
      forge({ seq, startOp, dependencies, columns: [[66, [...sleb(MAX_OPERATIONS / 2 + 1), 1]]] })
    const one = half(1, 1, [])
    const two = half(2, MAX_OPERATIONS / 2 + 2, [fromHex(unwrap(parseChange(one)).hash)!])
    const hash = unwrap(parseChange(two)).hash
    const signed = header(three, { actor: ActorId.parse(luz)!, first: 1, last: 2, hash })
    expect(guardChanges(signed, [one, two])).toEqual({ ok: false, error: { type: 'TooManyOperations' } })
  })

  it('IN-12 refuses objects within objects beyond the limit, in one change or over several', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { in: nested(depth - 1) })
    expect(verdict(changesOf(put(empty(), 'a', nested(MAX_NESTING))))).toBe('ok')
    expect(verdict(changesOf(put(empty(), 'a', nested(MAX_NESTING + 1))))).toBe('TooDeep')
    let doc = put(empty(), 'a', nested(20))
    doc = A.change(doc, (draft) => {
      let at = draft['a'] as Doc
      while (typeof at['in'] === 'object') at = at['in'] as Doc
      at['deeper'] = nested(20)
    })
    expect(verdict(changesOf(doc))).toBe('TooDeep')
  })
})
