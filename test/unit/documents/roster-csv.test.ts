// A roster as a spreadsheet: what goes out and what does not, what a hostile or a careless file becomes, and what an import
// changes. The rules are CSV-1 to CSV-8 of docs/spec/documents.md.
import Papa from 'papaparse'
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { utf8 } from '../../../src/base/bytes.ts'
import { fill } from '../../../src/documents/create.ts'
import type { JsonObject } from '../../../src/documents/json.ts'
import { columnOf, rosterColumns, type RosterColumn } from '../../../src/documents/membership-roster/columns.ts'
import { leavingOf } from '../../../src/documents/membership-roster/consent.ts'
import { takingSteps, type Taking } from '../../../src/documents/membership-roster/csv-apply.ts'
import { codeOf, harmless, joinParts, plain, splitParts } from '../../../src/documents/membership-roster/csv-cells.ts'
import { readDate } from '../../../src/documents/membership-roster/csv-dates.ts'
import { matchColumns, newOrganizations, proposalsOf } from '../../../src/documents/membership-roster/csv-import.ts'
import { MOST_COLUMNS, MOST_ROWS, parseRows, readCsv } from '../../../src/documents/membership-roster/csv-read.ts'
import {
  hasContacts,
  namesIn,
  peopleOf,
  rosterCsv,
  usualColumns,
} from '../../../src/documents/membership-roster/csv.ts'
import { twinsIn } from '../../../src/documents/membership-roster/twins.ts'
import { sampleText } from '../../../src/documents/samples/index.ts'
import { exportJson, importJson } from '../../../src/documents/transfer.ts'
import { choices, label, type VocabularyName } from '../../../src/documents/vocabulary/index.ts'

type Doc = A.Doc<Record<string, unknown>>
const ROSTER = { type: 'membership-roster', schema: 1, title: 'Padrón (ficticio)' }

function docOf(value: JsonObject): Doc {
  const filling = unwrap(importJson(JSON.stringify({ ...ROSTER, ...value })))
  return A.change(A.init<Record<string, unknown>>(), (doc) => fill(doc, filling))
}
const heading = ({ id }: RosterColumn) => id
const all = rosterColumns.map(({ id }) => id)
const out = (doc: object, columns: readonly string[] = all, withConditions = false) =>
  rosterCsv(doc, { columns, language: 'es', heading, withConditions })
const tableOf = (text: string) => unwrap(readCsv(utf8(text)))

/** What a file would become in `doc`, with columns by their ids. */
function read(text: string, doc: Doc = docOf({})) {
  const table = tableOf(text)
  const mapping = matchColumns(table.headings, () => [])
  return proposalsOf(table, mapping, peopleOf(doc), { language: 'es', organizations: namesIn(doc) })
}

function taken(doc: Doc, takings: readonly Taking[]): Doc {
  return takingSteps(takings).reduce(
    (now, step) =>
      A.change(now, (draft) => {
        unwrap(step(draft))
      }),
    A.clone(doc),
  )
}
const first = (doc: Doc) => peopleOf(doc)[0] as JsonObject

describe('out', () => {
  test('CSV-1 contacts, notes, health and consent stay at home unless they are asked for', () => {
    expect(usualColumns).toContain('alias')
    expect(usualColumns.filter((id) => /^(channels|consent)|notes|accessNeeds/.test(id))).toEqual([])
    expect(hasContacts(usualColumns)).toBe(false)
    const doc = docOf({ people: [{ alias: 'Niebla', channels: [{ kind: 'signal', value: '+000 0000 0001' }] }] })
    expect(out(doc, usualColumns).csv).not.toContain('0000')
    expect(out(doc).csv).toContain('0000')
  })

  test('CSV-2 a file for spreadsheets: a mark, quotes everywhere, headings in the words given', () => {
    const doc = docOf({ people: [{ alias: 'Ámbar "la alta"', defends: ['agua', 'salud'], joined: '2015' }] })
    expect(out(doc, ['alias', 'defends', 'joined']).csv).toBe(
      '\uFEFF"alias","defends","joined"\r\n"Ámbar ""la alta""","Agua; Salud pública","2015"\r\n',
    )
  })

  test.each(['=1+1', '+000', '-x', '@SUM(A1)', '\t=1', '\r=1', '＝1', ' =1', 'a;=1', 'a,\n @b', '\n-', ';"=1'])(
    'CSV-3 %j can be no formula, at whatever separator a program splits, and comes back as it was',
    (words) => {
      const cell = harmless(words)
      for (const part of cell.split(/[;,\t\n]/)) expect(part.trim()).not.toMatch(/^["\s]*[=+\-@＝＋－＠]/)
      expect(plain(cell)).toBe(words)
    },
  )

  test('CSV-4 who withdrew consent never goes; who set conditions goes when asked for, and her conditions with her', () => {
    const doc = docOf({
      people: [
        { alias: 'Niebla', consent: { withdrawnOn: '2025' } },
        { alias: 'Copal', consent: { withholdFrom: 'su excuñado' } },
        { alias: 'Cacao', consent: { scope: 'solo_punto_focal' } },
        { alias: 'Ceiba' },
      ],
    })
    expect(peopleOf(doc).map(leavingOf)).toEqual(['never', 'ask', 'ask', 'free'])
    const few = out(doc, ['alias'])
    expect([few.people, few.columns]).toEqual([1, ['alias']])
    const more = out(doc, ['alias'], true)
    expect(more.columns).toEqual(['alias', 'consent.withholdFrom'])
    expect(more.csv).toContain('"Copal","su excuñado"')
    expect(more.csv).not.toContain('Niebla')
  })

  test('CSV-4 a withdrawal set apart from another change counts while both stand', () => {
    const base = docOf({ people: [{ alias: 'Niebla', consent: { scope: 'circulo', withdrawnOn: '2024' } }] })
    const on = (doc: Doc) => (doc['people'] as { consent: Record<string, unknown> }[])[0]?.consent
    const set = (doc: Doc, value: unknown) =>
      A.change(doc, (draft) => {
        const consent = on(draft)
        if (consent !== undefined) consent['withdrawnOn'] = value
      })
    const withdrawn = set(A.clone(base), new A.ImmutableString('2025'))
    const cleared = set(A.clone(base), null)
    for (const merged of [A.merge(A.clone(withdrawn), A.clone(cleared)), A.merge(A.clone(cleared), A.clone(withdrawn))])
      expect(out(merged).people).toBe(0)
  })
})

describe('reading a file', () => {
  test.each([',', ';', '\t'])('CSV-5 separator %j, also with others inside quotes', (separator) => {
    const { headings, rows } = tableOf(`alias${separator}"notes, or; such"\nNiebla${separator}"a;b,c\td"\n`)
    expect([headings, rows]).toEqual([['alias', 'notes, or; such'], [{ line: 2, cells: ['Niebla', 'a;b,c\td'] }]])
  })

  test('CSV-5 encodings: UTF-8 with and without mark, UTF-16 both ways with and without, Windows', () => {
    const text = 'alias\nÑandú\n'
    const wide = (big: boolean) =>
      Uint8Array.from(Array.from(text).flatMap((c) => (big ? [0, c.charCodeAt(0)] : [c.charCodeAt(0), 0])))
    const files = [
      utf8(text),
      utf8(`\uFEFF${text}`),
      Uint8Array.from([0xff, 0xfe, ...wide(false)]),
      Uint8Array.from([0xfe, 0xff, ...wide(true)]),
      wide(false),
      wide(true),
      Uint8Array.from(Array.from(text).map((c) => c.charCodeAt(0))),
    ]
    for (const file of files)
      expect(unwrap(readCsv(file))).toEqual({ headings: ['alias'], rows: [{ line: 2, cells: ['Ñandú'] }] })
  })

  test('CSV-5 limits, empty files and files that are no text are refused by name', () => {
    const refused = (bytes: Uint8Array) => {
      const answer = readCsv(bytes)
      return answer.ok ? null : answer.error.type
    }
    expect(refused(new Uint8Array(6_000_000))).toBe('TooLarge')
    expect(refused(utf8('a\n'.repeat(MOST_ROWS + 3)))).toBe('TooManyRows')
    expect(refused(utf8(`${','.repeat(MOST_COLUMNS)}\n`))).toBe('TooManyColumns')
    expect(refused(utf8(' ;;\n\n'))).toBe('Empty')
    expect(refused(utf8('alias\n'))).toBe('Empty')
    expect(refused(Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0]))).toBe('NotText')
    expect(refused(new Uint8Array(100))).toBe('NotText')
  })

  test('CSV-5 lines are those of the file, through texts of many lines, blank rows and a named separator', () => {
    const { rows } = tableOf('sep=;\nalias;notes\r\n"Niebla";"una\r\ndos"\r\n;\r\nCopal;x')
    expect(rows.map(({ line, cells }) => [line, cells[1]])).toEqual([
      [3, 'una\ndos'],
      [6, 'x'],
    ])
  })

  test('CSV-5 broken quotes lose no letter, and cost no more than their length', () => {
    expect(unwrap(parseRows('a "b",c\n"d"e,f\n"g', ',')).map(({ cells }) => cells)).toEqual([
      ['a "b"', 'c'],
      ['de', 'f'],
      ['g'],
    ])
    // A library took fifty seconds for a twentieth of this: each quote made it look at all the blanks behind.
    const hard = `"${'"x'.repeat(1_000_000)}${' '.repeat(2_000_000)},b\n`
    expect(unwrap(parseRows(hard, ','))[0]?.cells).toHaveLength(2)
  })

  test('CSV-5 well-formed files are read as PapaParse reads them', () => {
    const file = Papa.unparse(
      [
        ['a', 'b"c', ' d '],
        ['', 'e\nf', ',,'],
        ['"', '""', "'"],
      ],
      { newline: '\n' },
    )
    expect(unwrap(parseRows(file, ',')).map(({ cells }) => cells)).toEqual(
      Papa.parse(file, { delimiter: ',', newline: '\n' }).data,
    )
  })
})

describe('columns and cells', () => {
  test('CSV-6 headings are found without accents, case or signs; what two columns share is left to people', () => {
    const names = (column: RosterColumn) =>
      ({ alias: ['Nombre de lucha'], country: ['País'], notes: ['Nota'], accessNeeds: ['Nota'] })[column.id] ?? []
    expect(matchColumns(['NOMBRE_DE LUCHA:', 'pais', 'nota', 'País', 'x'], names)).toEqual([
      'alias',
      'country',
      null,
      null,
      null,
    ])
  })

  test('CSV-6 terms are found by label in either language or by code; the labels of each vocabulary stay apart', () => {
    expect(codeOf('defends', 'derechos de las MUJERES')).toBe('derechos_mujeres')
    expect(codeOf('defends', "Women's rights")).toBe('derechos_mujeres')
    expect(codeOf('member_status', 'salio')).toBe('salio')
    expect(codeOf('channel', 'paloma')).toBeNull()
    const used: VocabularyName[] = [
      'role',
      'defends',
      'channel',
      'consent_scope',
      'consent_method',
      'member_status',
      'date_precision',
    ]
    for (const name of used)
      for (const code of choices(name))
        for (const language of ['es', 'en'] as const) expect(codeOf(name, label(name, code, language))).toBe(code)
  })

  test.each([
    ['2025', '2025', null],
    ['2025-6', '2025-06', null],
    ['17/06/2025', '2025-06-17', null],
    ['2025-06-17T00:00:00Z', '2025-06-17', null],
    ['6.2025', '2025-06', null],
    ['17 de junio de 2025', '2025-06-17', null],
    ['Sept 2025', '2025-09', null],
    ['~2015', '2015', 'aproximada'],
    ['2015 (Approximate)', '2015', 'Approximate'],
    ['ayer', null, null],
    ['31/31/31', null, null],
  ])('CSV-6 the date %s is read as %s', (words, date, precision) => {
    expect(readDate(words)).toEqual(date === null ? null : { date, precision })
  })

  test('CSV-2 lists are joined so that every text comes apart again', () => {
    const parts = ['a', 'b; c', 'd\\', '\\;', '']
    expect(splitParts(joinParts(parts))).toEqual(parts)
    expect(splitParts('')).toEqual([])
  })
})

describe('in', () => {
  test('CSV-6 a row with something wrong is kept aside with every problem by its column; the others go on', () => {
    const [bad, good] = read(
      'alias;joined;memberStatus;channels.sharedPhone\nNiebla;ayer;feliz;quizá;y más\nCopal;2015;Activa;sí',
    )
    expect(bad?.problems.map(({ type, column, words }) => [type, column, words])).toEqual([
      ['NotADate', 'joined', 'ayer'],
      ['NotAChoice', 'memberStatus', 'feliz'],
      ['NotAFlag', 'channels.sharedPhone', 'quizá'],
      ['TooManyCells', null, 'y más'],
    ])
    expect(bad?.row.cells).toHaveLength(5)
    expect(good?.person).toEqual({
      alias: 'Copal',
      joined: '2015',
      joinedPrecision: 'anio',
      memberStatus: 'activa',
      channels: [{ sharedPhone: true }],
    })
  })

  test('CSV-7 who has the alias or the number of somebody is found, also within the file, and decided by people', () => {
    const doc = docOf({ people: [{ alias: 'Ámbar' }, { alias: 'Copal', channels: [{ value: '+000 0000 0002' }] }] })
    const found = read(
      'alias;channels.value\nambar;\nOcote;00000000002\nCeiba;+000 7777 111\nCEIBA;\nSauce;0007777111',
      doc,
    )
    expect(found.map(({ twin, usual }) => [twin, usual])).toEqual([
      [{ by: 'alias', index: 0 }, 'update'],
      [{ by: 'channel', index: 1 }, 'skip'],
      [null, 'add'],
      [{ by: 'alias', line: 4 }, 'skip'],
      [{ by: 'channel', line: 4 }, 'skip'],
    ])
    expect(twinsIn([...peopleOf(doc), { alias: 'AMBAR' }])).toEqual([{ by: 'alias', indices: [0, 2] }])
  })

  test('CSV-8 an update sets what the file gives and removes nothing', () => {
    const before = {
      alias: 'Ámbar',
      country: 'HN',
      joined: '2015',
      notes: 'canta',
      skills: ['radio'],
      roles: [{ role: 'integrante', since: '2015' }],
      consent: { scope: 'circulo', reason: 'x' },
    }
    const doc = docOf({ people: [before] })
    const file =
      'alias;country;joined;skills;roles.role;roles.since;consent.scope;notes\n' +
      'Ámbar;;2015;teatro;"Integrante; Comisión o grupo de trabajo";2016;La red regional;'
    const [fixed] = read(file, doc)
    expect(fixed?.problems).toEqual([])
    const after = taken(doc, [{ do: 'update', person: fixed?.person ?? {}, find: () => 0 }])
    expect(first(after)).toMatchObject({
      ...before,
      skills: ['radio', 'teatro'],
      roles: [{ role: 'integrante', since: '2016' }, { role: 'comision' }],
      consent: { scope: 'red_regional', reason: 'x' },
    })
    expect(Object.hasOwn(first(after), 'joinedPrecision')).toBe(false)
    const again = taken(after, [{ do: 'update', person: fixed?.person ?? {}, find: () => 0 }])
    expect(A.getAllChanges(again)).toHaveLength(A.getAllChanges(after).length)
    expect(taken(doc, [{ do: 'update', person: { alias: 'Otra' }, find: () => null }])).toEqual(doc)
  })

  test('CSV-8 organizations that nobody has yet are made once, and people refer to them', () => {
    const doc = docOf({ organizations: [{ id: 'o1', name: 'Colectiva del Río (ficticia)' }], people: [] })
    const file = 'alias;organizations\nNiebla;"colectiva del rio ficticia; Radio Niebla"\nCopal;RADIO NIEBLA'
    const found = read(file, doc)
    expect(found.flatMap(({ problems }) => problems)).toEqual([])
    expect(newOrganizations(found.map(({ person }) => person))).toEqual(['Radio Niebla'])
    const after = taken(
      doc,
      found.map(({ person }) => ({ do: 'add', person })),
    )
    const { organizations, people } = exportJson(after) as unknown as {
      organizations: { id: string; name: string }[]
      people: { organizations: string[] }[]
    }
    expect(organizations.map(({ name }) => name)).toEqual(['Colectiva del Río (ficticia)', 'Radio Niebla'])
    expect(people.map((one) => one.organizations)).toEqual([['o1', organizations[1]?.id], [organizations[1]?.id]])
  })

  test('CSV-8 three thousand are taken in by changes that each fit an entry', () => {
    const person = { alias: 'Niebla', notes: 'ñ'.repeat(500) }
    const steps = takingSteps(Array.from({ length: 3000 }, () => ({ do: 'add', person }) as const))
    expect(steps.length).toBeGreaterThan(30)
    let doc = docOf({})
    const [step] = steps
    doc = A.change(doc, (draft) => {
      if (step !== undefined) unwrap(step(draft))
    })
    expect(A.getLastLocalChange(doc)?.length).toBeLessThan(185_000)
    expect(peopleOf(doc).length).toBeGreaterThan(40)
  })

  test('CSV-2 the sample goes out whole and comes in the same', () => {
    const sample = docOf(JSON.parse(sampleText('membership-roster')) as JsonObject)
    const file = out(sample, all, true)
    expect(file.people).toBe(118)
    const empty = docOf({ organizations: exportJson(sample)['organizations'] ?? [] })
    const found = read(file.csv, empty)
    expect(found.flatMap(({ problems }) => problems)).toEqual([])
    const after = taken(
      empty,
      found.map(({ person }) => ({ do: 'add', person })),
    )
    expect(out(after, all, true).csv).toBe(file.csv)
    expect(columnOf('alias')?.usual).toBe(true)
  })
})
