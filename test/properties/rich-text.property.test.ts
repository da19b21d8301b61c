// Random concurrent editing of one formatted text by several people, over real Automerge documents: typing, splits, joins,
// headings, lists, quotes, marks, pastes, undo, with merges in any order. Every editor equals its document, all documents
// are equal, and nothing but one's own is undone.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { next as A } from '@automerge/automerge/slim'
import {
  apply,
  compose,
  invert,
  plainRich,
  type Rich,
  type RichDelta,
  RichBuilder,
  textOf,
  transform,
} from '../../src/documents/rich-text/delta.ts'
import { difference } from '../../src/documents/rich-text/difference.ts'
import type { LineCode } from '../../src/documents/rich-text/format.ts'
import { hasLead, linesOf, marksFirst, richOf } from '../../src/documents/rich-text/lines.ts'
import {
  indent,
  insertLines,
  joinAbove,
  joinBelow,
  setLines,
  setLink,
  splitLine,
  toggleBold,
  toggleItalic,
} from '../../src/ui/rich/commands.ts'
import { nodesOf } from '../../src/ui/rich/schema.ts'
import { meet, RichEditor, newDocument } from '../support/rich-editor.ts'
import { runs, within } from './runs.ts'

const codes: LineCode[] = ['p', 'h1', 'h2', 'h3', 'quote', 'ul0', 'ul1', 'ol0', 'ol3']
const word = fc.constantFrom('a', 'ñ', ' ', 'hola', '🌱', 'xyz w', 'e\u0301')
const place = fc.nat({ max: 40 })
const attributes = fc.constantFrom({}, { bold: true } as const, { italic: true, bold: true } as const, {
  link: 'https://a.test/x',
})
const line = fc.record({
  code: fc.constantFrom(...codes),
  runs: fc.array(
    fc.tuple(word, attributes).map(([text, marks]) => ({ text, ...marks })),
    { maxLength: 3 },
  ),
})

const deed = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('type' as const), text: word }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('select' as const), from: place, to: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('split' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('above' as const, 'below' as const, 'delete' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('line' as const), code: fc.constantFrom(...codes) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('bold' as const, 'italic' as const, 'link' as const, 'unlink' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('in' as const, 'out' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('paste' as const), lines: fc.array(line, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('undo' as const, 'redo' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), time: fc.constantFrom(100, 600) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compose' as const), on: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('receive' as const), from: fc.nat({ max: 2 }), commitFirst: fc.boolean() }),
  },
)
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never

function act(editor: RichEditor, deed: Deed, all: readonly RichEditor[]): void {
  switch (deed.do) {
    case 'type':
      return editor.type(deed.text)
    case 'select':
      return editor.select(Math.min(deed.from, editor.size), Math.min(deed.to, editor.size))
    case 'line':
      return void editor.run(setLines(deed.code))
    case 'paste':
      return void editor.run(insertLines(nodesOf(deed.lines)))
    case 'wait':
      return editor.clock.advance(deed.time)
    case 'compose':
      editor.composing = deed.on
      return deed.on ? undefined : editor.binding.composed()
    case 'receive': {
      const other = all[deed.from % all.length]
      return other === undefined || other === editor ? undefined : editor.receive(other, deed)
    }
    case 'undo':
      if (!editor.composing) editor.binding.undo()
      return
    case 'redo':
      if (!editor.composing) editor.binding.redo()
      return
    default:
      return void editor.run(COMMANDS[deed.do])
  }
}

const COMMANDS = {
  split: splitLine,
  above: joinAbove,
  below: joinBelow,
  delete: ((state, dispatch) => {
    dispatch?.(state.tr.deleteSelection())
    return true
  }) satisfies typeof splitLine,
  bold: toggleBold,
  italic: toggleItalic,
  link: setLink('https://red.test/a'),
  unlink: setLink(''),
  in: indent(1),
  out: indent(-1),
}

describe('concurrent editing', () => {
  test('RT-4 every editor equals its document, and all documents are equal', { timeout: within(120_000) }, () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', 'Las vecinas avisan.\nDe noche cierran.', '\n\nuno\n'),
        fc.integer({ min: 2, max: 3 }),
        fc.array(fc.tuple(fc.nat({ max: 2 }), deed), { maxLength: 60 }),
        (text, count, deeds) => {
          const doc = newDocument(text)
          const all = Array.from({ length: count }, () => new RichEditor(A.clone(doc)))
          for (const [who, deed] of deeds) {
            const editor = all[who % count] as RichEditor
            act(editor, deed, all)
            if (!editor.composing && !editor.binding.pending) expect(editor.shown).toEqual(editor.written)
          }
          meet(all)
          for (const editor of all) {
            expect(editor.binding.pending).toBe(false)
            expect(editor.isDerived).toBe(true)
            expect(editor.read()).toEqual(all[0]?.read())
          }
        },
      ),
      runs(150),
    )
  })
})

const rich: fc.Arbitrary<Rich> = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([lines, lead]) => richOf(lines, marksFirst(lines, lead)))

const change = fc.constantFrom(
  { bold: true } as const,
  { bold: null, italic: true } as const,
  { block: 'h2' } as const,
  { block: null },
)
const deltaOn = (text: string): fc.Arbitrary<RichDelta> =>
  fc
    .array(
      fc.oneof(
        fc.record({ keep: fc.integer({ min: 1, max: 6 }), change: fc.option(change, { nil: undefined }) }),
        fc.record({ remove: fc.integer({ min: 1, max: 4 }) }),
        fc.record({
          insert: fc.constantFrom('x', 'y\nz', '\n'),
          attributes: fc.constantFrom({}, { bold: true } as const, { block: 'ul0' } as const),
        }),
      ),
      { maxLength: 6 },
    )
    .map((ops) => {
      const out = new RichBuilder()
      let left = text.length
      for (const op of ops) {
        if ('insert' in op) out.insert(op.insert, op.attributes)
        else if ('keep' in op) {
          out.keep(Math.min(left, op.keep), op.change)
          left -= Math.min(left, op.keep)
        } else {
          out.remove(Math.min(left, op.remove))
          left -= Math.min(left, op.remove)
        }
      }
      return out.done()
    })
const withDeltas = rich.chain((text) => fc.tuple(fc.constant(text), deltaOn(textOf(text)), deltaOn(textOf(text))))

describe('the arithmetic of formatted edits', () => {
  test('lines and text are two forms of one thing', () => {
    fc.assert(
      fc.property(rich, (text) => {
        expect(richOf(linesOf(text), hasLead(text))).toEqual(text)
      }),
      runs(300),
    )
  })

  test('RT-4 two edits of one text lead to the same, in either order', () => {
    fc.assert(
      fc.property(withDeltas, ([text, a, b]) => {
        const one = apply(transform(b, a, 'second'), apply(a, text))
        const two = apply(transform(a, b, 'first'), apply(b, text))
        expect(one).toEqual(two)
      }),
      runs(500),
    )
  })

  test('composing is doing one after the other; inverting leads back; the difference leads there', () => {
    fc.assert(
      fc.property(
        withDeltas.chain(([text, a]) => {
          const then = apply(a, text)
          return fc.tuple(fc.constant(text), fc.constant(a), deltaOn(textOf(then)))
        }),
        ([text, a, b]) => {
          const then = apply(a, text)
          expect(apply(compose(a, b), text)).toEqual(apply(b, then))
          expect(apply(invert(a, text), then)).toEqual(text)
          expect(apply(difference(text, then), text)).toEqual(then)
        },
      ),
      runs(500),
    )
  })

  test('plain text is one run', () => {
    expect(plainRich('a\nb')).toEqual([{ insert: 'a\nb', attributes: {} }])
  })
})
