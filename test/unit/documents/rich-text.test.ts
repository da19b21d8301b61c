// Formatted text in a document: what is read of marks whoever wrote them, what a delta writes, and that the guard between
// the log and Automerge lets it through, within an entry's size.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import { insertItem, removeItem } from '../../../src/documents/changes.ts'
import { giveFormats, keptFormats } from '../../../src/documents/rich-text/kept.ts'
import { changeRich, piecesOf, readRich } from '../../../src/documents/rich-text.ts'
import {
  apply,
  plainRich,
  type Rich,
  type RichDelta,
  RichBuilder,
  textOf,
} from '../../../src/documents/rich-text/delta.ts'
import { safeLink } from '../../../src/documents/rich-text/format.ts'
import { linesOf, plainOf } from '../../../src/documents/rich-text/lines.ts'
import { fillSteps } from '../../../src/documents/fill-steps.ts'
import { exportJson, importJson } from '../../../src/documents/transfer.ts'
import { parseChange } from '../../../src/ingest/parse-change.ts'
import { type Doc, newDocument, PATH } from '../../support/rich-editor.ts'

const changed = (doc: A.Doc<Doc>, run: (doc: Doc) => void): A.Doc<Doc> => A.change(doc, run)
const written = (doc: A.Doc<Doc>, delta: RichDelta): A.Doc<Doc> =>
  changed(doc, (draft) => {
    expect(changeRich(draft, PATH, delta)).toEqual({ ok: true, value: null })
  })

describe('reading', () => {
  test('RT-1 a plain text is paragraphs, a line each; line ends of other systems are line ends', () => {
    const rich = readRich(newDocument('uno\r\ndos\rtres'), PATH) ?? []
    expect(linesOf(rich).map(({ code, runs }) => [code, runs.map(({ text }) => text).join('')])).toEqual([
      ['p', 'uno '],
      ['p', 'dos'],
      ['p', 'tres'],
    ])
  })

  test('RT-1 a marked line end at the start is the first line; elsewhere it is the line after it', () => {
    const doc = written(
      newDocument('texto\ncita'),
      new RichBuilder().insert('\n', { block: 'h1' }).keep(5).keep(1, { block: 'quote' }).done(),
    )
    const rich = readRich(doc, PATH) ?? []
    expect(linesOf(rich)).toEqual([
      { code: 'h1', runs: [{ text: 'texto' }] },
      { code: 'quote', runs: [{ text: 'cita' }] },
    ])
    expect(plainOf(rich)).toBe('texto\ncita')
  })

  test('RT-2 marks and objects that a hostile member put there are not formatting, and nothing throws', () => {
    const doc = changed(newDocument('hola mundo'), (draft) => {
      const all = { start: 0, end: 4, expand: 'both' } as const
      A.mark(draft, [...PATH], all, 'bold', 'yes')
      A.mark(draft, [...PATH], all, 'italic', 7)
      A.mark(draft, [...PATH], all, 'link', 'javascript:alert(1)')
      A.mark(draft, [...PATH], all, 'block', 'h9')
      A.mark(draft, [...PATH], all, '__proto__', new Uint8Array(3))
      A.splitBlock(draft, [...PATH], 5, { type: 'evil', deep: { deeper: [1, 2] } })
    })
    expect(readRich(doc, PATH)).toEqual(plainRich('hola \nmundo'))
    const out = written(doc, [{ keep: 5 }, { remove: 1 }])
    expect(textOf(readRich(out, PATH) ?? [])).toBe('hola mundo')
    expect(readRich(doc, ['nothing', 'here'])).toBe(null)
    expect(readRich(doc, ['care'])).toBe(null)
  })

  test('RT-2 links lead to the web or a mailbox', () => {
    for (const safe of ['https://red.test/a?b#c', 'http://x.test', 'mailto:a@b.test']) expect(safeLink(safe)).toBe(safe)
    for (const unsafe of [
      'javascript:alert(1)',
      'data:text/html,x',
      ' https://x.test',
      'https://',
      'ftp://x.test',
      '/a',
      'https://x.test/\u0000',
      'https://a b',
      7,
      null,
      `https://x.test/${'a'.repeat(3000)}`,
    ])
      expect(safeLink(unsafe)).toBe(null)
  })
})

describe('writing', () => {
  test('RT-3 letters carry exactly the attributes they were given, whatever their neighbours have', () => {
    let doc = written(newDocument('una red'), [{ keep: 3, change: { bold: true } }])
    doc = written(
      doc,
      new RichBuilder().keep(3).insert('X', {}).keep(4).insert('Y', { italic: true, link: 'https://a.test/' }).done(),
    )
    expect(linesOf(readRich(doc, PATH) ?? [])[0]?.runs).toEqual([
      { text: 'una', bold: true },
      { text: 'X red' },
      { text: 'Y', italic: true, link: 'https://a.test/' },
    ])
  })

  test('RT-3 what does not fit the text, cuts a character or names another field writes nothing', () => {
    changed(newDocument('🌱'), (draft) => {
      expect(changeRich(draft, PATH, [{ keep: 3 }, { insert: 'x', attributes: {} }])).toMatchObject({ ok: false })
      expect(changeRich(draft, PATH, [{ remove: 1 }])).toMatchObject({ ok: false })
      expect(changeRich(draft, ['title'], [{ insert: 'x', attributes: {} }])).toMatchObject({ ok: false })
      expect(changeRich(draft, ['nothing'], [])).toMatchObject({ ok: false })
      expect(draft['context']).toBe('🌱')
    })
  })

  test('RT-3 a long paste is several changes, each within an entry, and the guard takes them all', () => {
    const out = new RichBuilder()
    for (let i = 0; i < 2_000; i += 1)
      out.insert('palabra ', i % 2 === 0 ? { bold: true } : {}).insert('\n', { block: 'ul0' })
    out.insert('🌱'.repeat(20_000), {})
    const delta = out.done()
    const pieces = piecesOf(delta, 30_000)
    expect(pieces.length).toBeGreaterThan(2)
    expect(pieces.reduce<Rich>((text, piece) => apply(piece, text), plainRich(''))).toEqual(apply(delta, []))
    let doc = A.clone(newDocument(), { actor: 'ab'.repeat(16) })
    for (const piece of pieces) {
      doc = written(doc, piece)
      const change = A.getLastLocalChange(doc)
      expect(change?.length).toBeLessThan(190_000)
      expect(parseChange(change ?? new Uint8Array())).toMatchObject({ ok: true })
    }
    expect(readRich(doc, PATH)).toEqual(apply(delta, []))
  })
})

test('RT-7 an item put back has its formatting', () => {
  let doc = changed(newDocument(), (draft) => {
    insertItem(draft, ['threats'], 0, { facts: 'uno\ndos', title: 'x' })
    changeRich(draft, ['threats', 0, 'facts'], [{ keep: 3, change: { bold: true } }])
  })
  const kept = keptFormats(doc, ['threats', 0])
  const before = readRich(doc, ['threats', 0, 'facts'])
  doc = changed(doc, (draft) => {
    removeItem(draft, ['threats'], 0)
    insertItem(draft, ['threats'], 0, { facts: 'uno\ndos', title: 'x' })
    expect(giveFormats(draft, ['threats', 0], kept)).toMatchObject({ ok: true })
  })
  expect(readRich(doc, ['threats', 0, 'facts'])).toEqual(before)
  expect(kept.map(({ path }) => path)).toEqual([['facts']])
})

describe('files', () => {
  const filled = (value: object): A.Doc<Doc> => {
    const imported = importJson(JSON.stringify(value))
    if (!imported.ok) throw new Error(imported.error.type)
    return fillSteps(imported.value).reduce((doc, step) => changed(doc, step), A.init<Doc>())
  }

  test('RT-7 formatting goes out beside its text, and in again, in lists and long texts too', () => {
    const value = {
      type: 'protection-plan',
      title: 'Plan',
      context: `\nTítulo\n${'letra '.repeat(20_000)}`,
      'context~format': [
        { at: 0, length: 1, block: 'h1' },
        { at: 8, length: 5, bold: true, link: 'https://a.test/' },
      ],
      threats: [{ facts: 'uno\ndos', 'facts~format': [{ at: 3, length: 1, block: 'ul0' }] }],
      legal: 'sin nada',
    }
    const doc = filled(value)
    expect(exportJson(doc)).toMatchObject(value)
    expect(exportJson(filled(exportJson(doc)))).toEqual(exportJson(doc))
    expect(linesOf(readRich(doc, ['threats', 0, 'facts']) ?? []).map(({ code }) => code)).toEqual(['p', 'ul0'])
  })

  test('RT-7 formatting that is none stays in the file as it came, and formats nothing', () => {
    for (const format of [
      7,
      [],
      [{}],
      [{ at: 0, length: 99, bold: true }],
      [{ at: 0, length: 1, link: 'javascript:x' }],
      [{ at: 0, length: 1, evil: true }],
    ]) {
      const value = { type: 'protection-plan', title: 'Plan', context: 'hola', 'context~format': format }
      const doc = filled(value)
      expect(readRich(doc, PATH)).toEqual(plainRich('hola'))
      expect(exportJson(doc)).toMatchObject(value)
    }
  })
})
