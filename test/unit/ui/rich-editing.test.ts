// What a person meets in the editor of formatted text: Enter, Backspace, lists, links, pastes; ticks; the caret while others
// write; and an undo that takes back nobody else's words.
import { describe, expect, test } from 'vitest'
import {
  indent,
  insertLines,
  joinAbove,
  joinBelow,
  lineCode,
  linkAt,
  setLines,
  setLink,
  splitLine,
  toggleBold,
} from '../../../src/ui/rich/commands.ts'
import { linesOfHtml } from '../../../src/ui/rich/paste.ts'
import { nodesOf } from '../../../src/ui/rich/schema.ts'
import { editors, meet, type RichEditor } from '../../support/rich-editor.ts'

const one = (text = ''): RichEditor => editors(1, text)[0] as RichEditor
const pair = (text = ''): [RichEditor, RichEditor] => editors(2, text) as [RichEditor, RichEditor]

describe('lines', () => {
  test('after a heading comes a paragraph; within it both halves are headings; before it an empty line', () => {
    const ana = one()
    ana.run(setLines('h1'))
    ana.type('Título')
    ana.run(splitLine)
    ana.type('texto')
    expect(ana.shown).toEqual(['h1:Título', 'p:texto'])
    ana.select(2)
    ana.run(splitLine)
    expect(ana.shown).toEqual(['h1:Tí', 'h1:tulo', 'p:texto'])
    ana.select(0)
    ana.run(splitLine)
    expect(ana.shown).toEqual(['p:', 'h1:Tí', 'h1:tulo', 'p:texto'])
    ana.binding.flush()
    expect(ana.written).toEqual(ana.shown)
  })

  test('an item goes on with Enter, steps out when empty, and Backspace at its start does too', () => {
    const ana = one()
    ana.run(setLines('ul0'))
    ana.type('uno')
    ana.run(splitLine)
    ana.run(indent(1))
    expect(ana.shown).toEqual(['ul0:uno', 'ul1:'])
    ana.run(splitLine)
    expect(lineCode(ana.state)).toBe('ul0')
    ana.run(splitLine)
    expect(ana.shown).toEqual(['ul0:uno', 'p:'])
    ana.run(joinAbove)
    expect(ana.shown).toEqual(['ul0:uno'])
    ana.select(0)
    ana.run(joinAbove)
    expect(ana.shown).toEqual(['p:uno'])
    expect(ana.run(joinAbove)).toBe(false)
  })

  test('Delete at the end of a line brings up the next', () => {
    const ana = one('uno\ndos')
    ana.select(3)
    ana.run(joinBelow)
    expect(ana.shown).toEqual(['p:unodos'])
  })

  test('a link is put, changed and taken away; an unsafe one is refused', () => {
    const ana = one('ver aquí')
    ana.select(4, 8)
    expect(ana.run(setLink('javascript:alert(1)'))).toBe(false)
    ana.run(setLink('https://a.test/'))
    ana.select(6)
    expect(linkAt(ana.state)).toBe('https://a.test/')
    ana.run(setLink('https://b.test/'))
    expect(ana.shown).toEqual(['p:ver <https://b.test/>aquí</>'])
    ana.run(setLink(''))
    expect(ana.shown).toEqual(['p:ver aquí'])
  })

  test('an emptied text is empty again', () => {
    const ana = one()
    ana.run(setLines('h1'))
    ana.type('x')
    ana.binding.flush()
    ana.select(0, 1)
    ana.type('')
    ana.run(setLines('p'))
    ana.binding.flush()
    expect(ana.doc['context']).toBe('')
  })
})

describe('ticks and others', () => {
  test('a burst is one change after half a second in company, a second alone; it says so meanwhile', () => {
    const ana = one()
    for (const letter of 'hola') ana.type(letter)
    ana.clock.advance(499)
    expect([ana.changes, ana.binding.pending]).toEqual([0, true])
    ana.clock.advance(1)
    expect([ana.changes, ana.doc['context'], ana.said.at(-1)]).toEqual([1, 'hola', false])
    ana.company = 'alone'
    ana.type('!')
    ana.clock.advance(999)
    expect(ana.changes).toBe(1)
    ana.clock.advance(1)
    expect(ana.doc['context']).toBe('hola!')
  })

  test('what is refused stays on the screen and is tried again', () => {
    const ana = one()
    ana.refusing = true
    ana.type('hola')
    ana.binding.flush()
    expect([ana.shown, ana.binding.pending]).toEqual([['p:hola'], true])
    ana.refusing = false
    ana.binding.flush()
    expect(ana.written).toEqual(['p:hola'])
  })

  test('the caret stays with its letters while somebody writes above, and makes the first line a heading', () => {
    const [ana, berta] = pair('uno\ndos')
    ana.select(5)
    berta.select(0)
    berta.run(setLines('h2'))
    berta.type('Antes ')
    berta.binding.flush()
    ana.receive(berta)
    ana.type('X')
    expect(ana.shown).toEqual(['h2:Antes uno', 'p:dXos'])
  })

  test('while letters are composed nothing moves; afterwards everything is there', () => {
    const [ana, berta] = pair('uno')
    ana.composing = true
    ana.select(3)
    ana.type('´')
    berta.run(setLines('quote'))
    berta.binding.flush()
    ana.receive(berta)
    expect(ana.shown).toEqual(['p:uno´'])
    ana.composing = false
    ana.binding.composed()
    expect(ana.shown).toEqual(['quote:uno´'])
  })

  test('bold by one and letters within it by the other: all of it is bold; a split heading keeps both words', () => {
    const [ana, berta] = pair('hola mundo')
    ana.select(0, 10)
    ana.run(toggleBold)
    berta.select(5)
    berta.type('gran ')
    meet([ana, berta])
    expect(ana.shown).toEqual(['p:<b>hola gran mundo</>'])
    expect(berta.shown).toEqual(ana.shown)
  })

  test('RT-1 a new line by one is not made a heading because the other makes the next line one', () => {
    for (const first of [0, 1]) {
      const both = pair('uno\ndos')
      const [ana, berta] = first === 0 ? both : [both[1], both[0]]
      ana.select(5)
      ana.run(setLines('h1'))
      berta.select(3)
      berta.run(splitLine)
      berta.type('nueva')
      meet(both)
      expect(ana.shown).toEqual(['p:uno', 'p:nueva', 'h1:dos'])
    }
  })

  test('RT-1 a line that one makes a heading stays one while the other types at its start, or joins it', () => {
    const [ana, berta] = pair('uno\ndos')
    ana.select(5)
    ana.run(setLines('h1'))
    berta.select(4)
    berta.type('ahora ')
    meet([ana, berta])
    expect(ana.shown).toEqual(['p:uno', 'h1:ahora dos'])
    berta.select(4)
    berta.run(joinAbove)
    berta.run(joinAbove)
    ana.select(5)
    ana.run(setLines('quote'))
    meet([ana, berta])
    expect(ana.shown).toEqual(['p:unoahora dos'])
  })

  test('two who fill an empty text apart have both, each with its headings', () => {
    const [ana, berta] = pair()
    for (const [who, word] of [
      [ana, 'Primero'],
      [berta, 'Segundo'],
    ] as const) {
      who.run(setLines('h1'))
      who.type(word)
      who.run(splitLine)
      who.type('texto')
    }
    meet([ana, berta])
    expect([...ana.shown].sort()).toEqual(['h1:Primero', 'h1:Segundo', 'p:texto', 'p:texto'])
  })
})

describe('RT-5 undo', () => {
  test('takes back only her own, whatever came between', () => {
    const [ana, berta] = pair('base')
    ana.select(4)
    ana.type(' de Ana')
    ana.binding.flush()
    berta.receive(ana)
    berta.select(0)
    berta.type('Berta: ')
    berta.select(berta.size - 1)
    berta.type('!!')
    berta.binding.flush()
    ana.receive(berta)
    expect(ana.shown).toEqual(['p:Berta: base de An!!a'])
    ana.binding.undo()
    expect(ana.shown).toEqual(['p:Berta: base!!'])
    ana.binding.redo()
    expect(ana.shown.join()).toContain(' de An!!a')
    expect(ana.binding.undo() && ana.binding.undo()).toBe(false)
  })

  test('does not take back a kind or a mark that somebody set since', () => {
    const [ana, berta] = pair('x\nuno')
    ana.select(2)
    ana.run(setLines('h1'))
    ana.binding.flush()
    berta.receive(ana)
    berta.select(2)
    berta.run(setLines('quote'))
    berta.binding.flush()
    ana.receive(berta)
    ana.binding.undo()
    expect(ana.shown.at(-1)).toBe('quote:uno')
  })

  test('typing in one go is one step; a new line begins another', () => {
    const ana = one()
    for (const letter of 'hola') ana.type(letter)
    ana.run(splitLine)
    ana.clock.advance(2_000)
    for (const letter of 'mundo') ana.type(letter)
    ana.binding.undo()
    expect(ana.shown).toEqual(['p:hola', 'p:'])
    ana.binding.undo()
    expect(ana.shown).toEqual(['p:hola'])
    ana.binding.undo()
    expect(ana.shown).toEqual(['p:'])
    expect(ana.binding.undo()).toBe(false)
  })
})

describe('RT-6 pastes', () => {
  const pasted = (html: string): string[] => {
    const ana = one()
    ana.run(insertLines(nodesOf(linesOfHtml(html))))
    return ana.shown
  }

  test('from a word processor: headings, lists, bold; no style, script, image or comment', () => {
    const html = `<html><head><style>p{color:red}</style><title>no</title></head><body><!--StartFragment-->
      <h1 style="x">Plan</h1><p class=MsoNormal>De <b>noche</b>&nbsp;hay <span style='font-style:italic'>ret&eacute;n</span><o:p></o:p></p>
      <ul><li>uno<ol><li>dos</li></ol></li></ul><p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o </span>tres</p>
      <script>alert("<p>no</p>")</script><img src=x onerror=alert(1)><a href="javascript:x">mala</a> <a href="https://a.test/">buena</a>`
    expect(pasted(html)).toEqual([
      'h1:Plan',
      'p:De <b>noche</> hay <i>retén</>',
      'ul0:uno',
      'ol1:dos',
      'ul1:tres',
      'p:mala <https://a.test/>buena</>',
    ])
  })

  test('hostile or broken HTML neither throws nor hangs', () => {
    for (const html of [
      '<',
      '<<<p',
      '<p',
      '<a href="',
      '<!--',
      '&#xffffff;&#0;&nothing;',
      '<li>'.repeat(5_000) + 'x',
      '</p></div>',
      '<b>'.repeat(3_000),
    ])
      expect(() => linesOfHtml(html)).not.toThrow()
  })

  test('a word pasted into a line stays in it; several lines split it', () => {
    const ana = one('uno dos')
    ana.select(4)
    ana.run(insertLines(nodesOf([{ code: 'p', runs: [{ text: 'y ' }] }])))
    expect(ana.shown).toEqual(['p:uno y dos'])
    ana.run(
      insertLines(
        nodesOf([
          { code: 'p', runs: [{ text: 'A' }] },
          { code: 'ul0', runs: [{ text: 'B' }] },
        ]),
      ),
    )
    expect(ana.shown).toEqual(['p:uno y A', 'ul0:Bdos'])
  })
})
