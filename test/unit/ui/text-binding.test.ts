// Stories and random runs of the text binding over real Automerge documents: typing shows at once, ticks commit it as one
// change, remote edits keep the caret, composition is never disturbed, and no keystroke of anybody is lost.
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { next as A } from '@automerge/automerge/slim'
import { type Company, displayed, TextBinding, type TextSource } from '../../../src/ui/document/text-binding.ts'
import { FakeClock, FakeField } from '../../support/fake-field.ts'
import type { Splice } from '../../../src/ui/document/text-delta.ts'

interface Page extends Record<string, unknown> {
  text: string
}

class Person implements TextSource {
  readonly field = new FakeField()
  readonly clock = new FakeClock()
  company: Company = 'together'
  changes = 0
  composing = false
  readonly binding: TextBinding

  constructor(public doc: A.Doc<Page>) {
    this.binding = new TextBinding(this.field, this, { clock: this.clock, company: () => this.company })
  }

  read(): string | null {
    return this.doc.text ?? null
  }

  write(splices: readonly Splice[]): boolean {
    this.changes += 1
    this.doc = A.change(this.doc, (draft) => {
      for (const { index, remove, insert } of splices) A.splice(draft, ['text'], index, remove, insert)
    })
    return true
  }

  receive(other: Person, commitFirst: boolean): void {
    if (commitFirst) this.binding.flush()
    this.doc = A.merge(this.doc, A.clone(other.doc))
    this.binding.sourceChanged()
  }
}

function pair(text: string): [Person, Person] {
  const doc = A.from<Page>({ text })
  return [new Person(A.clone(doc)), new Person(A.clone(doc))]
}

describe('text binding', () => {
  test('says at once that something was typed, and again when it was committed or came to nothing', () => {
    const said: boolean[] = []
    const ana = new Person(A.from<Page>({ text: '' }))
    const field = new FakeField()
    const { clock } = ana
    const onTyped = (): void => void said.push(binding.pending)
    const binding: TextBinding = new TextBinding(field, ana, { clock, company: () => 'together', onTyped })
    field.type('h')
    expect(said).toEqual([true])
    clock.advance(500)
    expect(said).toEqual([true, false])
    field.type('o')
    field.value = 'h'
    binding.flush()
    expect(said).toEqual([true, false, true, false])
    expect(ana.changes).toBe(1)
  })

  test('a burst of typing is one change, half a second after its first letter', () => {
    const [ana] = pair('')
    for (const letter of 'hola') ana.field.type(letter)
    ana.clock.advance(499)
    expect(ana.changes).toBe(0)
    ana.clock.advance(1)
    expect([ana.changes, ana.doc.text]).toEqual([1, 'hola'])
    expect(ana.clock.scheduled).toBe(0)
  })

  test('alone it waits a second; when somebody comes, the next letter shortens the wait', () => {
    const [ana] = pair('')
    ana.company = 'alone'
    ana.field.type('a')
    ana.clock.advance(300)
    expect(ana.changes).toBe(0)
    ana.company = 'together'
    ana.field.type('b')
    ana.clock.advance(500)
    expect(ana.doc.text).toBe('ab')
    ana.company = 'alone'
    ana.field.type('c')
    ana.clock.advance(999)
    expect(ana.changes).toBe(1)
    ana.clock.advance(1)
    expect(ana.doc.text).toBe('abc')
  })

  test('in company the first word after a pause is committed in half a second, what follows it by the second', () => {
    for (const company of ['together', 'elsewhere'] as const) {
      const [ana] = pair('')
      ana.company = company
      ana.field.type('a')
      ana.clock.advance(500)
      expect(ana.changes).toBe(1)
      ana.field.type('b')
      ana.clock.advance(500)
      expect(ana.changes).toBe(1)
      ana.clock.advance(500)
      expect(ana.changes).toBe(2)
    }
  })

  test('where others write into the same field, every half second', () => {
    const [ana, berta] = pair('')
    berta.field.type('hola ')
    berta.binding.flush()
    ana.receive(berta, true)
    for (let i = 1; i <= 4; i++) {
      ana.field.type('a')
      ana.clock.advance(500)
      expect(ana.changes).toBe(i)
    }
    ana.company = 'elsewhere'
    ana.field.type('a')
    ana.clock.advance(500)
    expect(ana.changes).toBe(4)
  })

  test('leaving the field commits at once', () => {
    const [ana] = pair('')
    ana.field.type('hola')
    ana.field.fire('blur')
    expect(ana.doc.text).toBe('hola')
  })

  test('two places typed within one tick stay two places', () => {
    const [ana, berta] = pair('uno dos tres')
    ana.field.setSelectionRange(0, 0)
    ana.field.type('X')
    ana.field.setSelectionRange(13, 13)
    ana.field.type('Y')
    berta.field.setSelectionRange(5, 5)
    berta.field.type('Z')
    ana.binding.flush()
    berta.binding.flush()
    ana.receive(berta, true)
    expect(ana.doc.text).toBe('Xuno dZos tresY')
  })

  test('what another writes moves the caret and the selection with the letters they stand at', () => {
    const [ana, berta] = pair('la red teje')
    ana.field.setSelectionRange(3, 6, 'backward')
    berta.field.setSelectionRange(0, 0)
    berta.field.type('Hoy ')
    berta.binding.flush()
    ana.receive(berta, true)
    expect(ana.field.value).toBe('Hoy la red teje')
    expect([ana.field.selectionStart, ana.field.selectionEnd, ana.field.selectionDirection]).toEqual([
      7,
      10,
      'backward',
    ])
  })

  test('while letters are composed the field is left alone, and both texts are there afterwards', () => {
    const [ana, berta] = pair('agua')
    ana.field.setSelectionRange(4, 4)
    ana.field.fire('compositionstart')
    ana.field.type(' b')
    const writes = ana.field.writes
    berta.field.setSelectionRange(0, 0)
    berta.field.type('el ')
    berta.binding.flush()
    ana.receive(berta, true)
    ana.field.type('u')
    ana.clock.advance(500)
    expect([ana.field.value, ana.field.writes]).toEqual(['agua bu', writes])
    ana.field.type('ena')
    ana.field.fire('compositionend')
    expect(ana.field.value).toBe('el agua buena')
    expect(ana.doc.text).toBe('el agua buena')
  })

  test('a write that is refused keeps the typing for the next tick', () => {
    const [ana] = pair('')
    const write = ana.write.bind(ana)
    ana.write = () => false
    ana.field.type('hola')
    ana.binding.flush()
    expect(ana.binding.pending).toBe(true)
    ana.write = write
    ana.binding.sourceChanged()
    ana.binding.flush()
    expect([ana.field.value, ana.doc.text]).toEqual(['hola', 'hola'])
  })

  test('a text that vanished takes nothing out of the field and commits nothing', () => {
    const [ana] = pair('hola')
    ana.doc = A.change(ana.doc, (draft) => {
      delete (draft as Partial<Page>).text
    })
    ana.binding.sourceChanged()
    ana.field.type('!')
    ana.binding.flush()
    expect([ana.field.value, ana.changes]).toEqual(['hola!', 0])
  })

  test('line ends that a field would rewrite do not shift the places of edits', () => {
    const [ana] = pair('uno\r\ndos\rtres')
    ana.field.setSelectionRange(5, 5)
    ana.field.type('>')
    ana.binding.flush()
    expect(ana.doc.text).toBe('uno\r\n>dos\rtres')
    expect(ana.field.value).toBe(displayed(ana.doc.text, false))
  })

  test('splices that tell how the text changed keep a caret between two distant edits', () => {
    const [ana] = pair('abcdef')
    ana.field.setSelectionRange(3, 3)
    const splices = [
      { index: 0, remove: 1, insert: 'XX' },
      { index: 6, remove: 1, insert: '' },
    ]
    ana.write(splices)
    ana.binding.sourceChanged(splices)
    expect([ana.field.value, ana.field.selectionStart]).toEqual(['XXbcde', 4])
  })
})

type Step =
  | { do: 'type'; who: 0 | 1; at: number; length: number; text: string }
  | { do: 'tick' | 'receive' | 'bare' | 'compose' | 'blur'; who: 0 | 1 }

const who = fc.constantFrom<0 | 1>(0, 1)
const typing = (deleting: boolean): fc.Arbitrary<Step> =>
  fc.record({
    do: fc.constant('type' as const),
    who,
    at: fc.nat(40),
    length: deleting ? fc.nat(4) : fc.constant(0),
    text: fc.string({ unit: fc.constantFrom('a', 'b', '\n', '🌱'), maxLength: 3 }),
  })
const other = fc.record({
  do: fc.constantFrom('tick', 'receive', 'bare', 'compose', 'blur'),
  who,
}) as fc.Arbitrary<Step>
const steps = (deleting: boolean): fc.Arbitrary<Step[]> =>
  fc.array(fc.oneof({ weight: 3, arbitrary: typing(deleting) }, { weight: 2, arbitrary: other }), { maxLength: 40 })

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text)

/** A place in the text that is not inside a surrogate pair, as a caret can reach it. */
function reachable(text: string, at: number): number {
  const place = at % (text.length + 1)
  return isWellFormed(text.slice(0, place)) ? place : place - 1
}

function run(people: [Person, Person], list: readonly Step[], mark: (letters: string) => string): void {
  for (const step of list) {
    const person = people[step.who]
    if (step.do === 'type') {
      const start = reachable(person.field.value, step.at)
      person.field.setSelectionRange(
        start,
        reachable(person.field.value, Math.min(start + step.length, person.field.value.length)),
      )
      person.field.type(mark(step.text))
    } else if (step.do === 'tick') person.clock.advance(500)
    else if (step.do === 'blur') {
      person.composing = false
      person.field.fire('blur')
    } else if (step.do === 'compose') {
      person.field.fire(person.composing ? 'compositionend' : 'compositionstart')
      person.composing = !person.composing
    } else person.receive(people[step.who === 0 ? 1 : 0], step.do === 'receive')
    expect(person.binding.pending || person.composing || person.field.value === person.doc.text).toBe(true)
  }
}

function settle([ana, berta]: [Person, Person]): void {
  for (const person of [ana, berta]) {
    if (person.composing) person.field.fire('compositionend')
    person.binding.flush()
  }
  ana.receive(berta, true)
  berta.receive(ana, true)
}

describe('text binding and messages from others', () => {
  test('what was typed is committed before remote changes, but never more often than ticks', () => {
    const [ana] = pair('')
    ana.field.type('a')
    ana.binding.beforeRemote()
    expect(ana.changes).toBe(1)
    ana.field.type('b')
    ana.binding.beforeRemote()
    expect(ana.changes).toBe(1)
    ana.clock.advance(1000)
    expect([ana.changes, ana.doc.text]).toEqual([2, 'ab'])
  })
})

describe('text binding, random runs', () => {
  test('after all are flushed every field equals the document, and the documents each other', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('x', 'y', '\n', '🌾'), maxLength: 12 }),
        steps(true),
        (text, list) => {
          const people = pair(text)
          run(people, list, (letters) => letters)
          settle(people)
          for (const person of people) expect(person.field.value).toBe(person.doc.text)
          expect(people[0].doc.text).toBe(people[1].doc.text)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('no keystroke is lost or doubled', () => {
    fc.assert(
      fc.property(steps(false), (list) => {
        const people = pair('Memoria: ')
        let count = 0
        const typed: string[] = []
        run(people, list, () => {
          const letter = String.fromCodePoint(0x4e00 + count++)
          typed.push(letter)
          return letter
        })
        settle(people)
        for (const person of people) {
          expect((person.field.value.match(/[\u4e00-\u9fff]/g) ?? []).sort()).toEqual(typed)
        }
      }),
      { numRuns: 300 },
    )
  })
})
