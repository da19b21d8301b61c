// Taking decided rows into a roster, as steps of one change each, small enough for an entry and for a page to stay alive
// between two. An update sets what the file gives and leaves all else; nothing is ever removed by an import (CSV-8).
import { insertItem, setValue, type Change } from '../changes.ts'
import { isObject, own, toJson, type Json, type JsonObject, type Path } from '../json.ts'
import { bareLetters } from '../letters.ts'
import { impliedPrecision } from './csv-cells.ts'
import { newOrganizations } from './csv-import.ts'
import { newOrganization } from './organization-names.ts'

export type Taking =
  | { readonly do: 'add'; readonly person: JsonObject }
  /** `find` names where she is now, or null if she is gone: then she is not brought back. */
  | { readonly do: 'update'; readonly person: JsonObject; readonly find: (roster: object) => number | null }

/** Characters of JSON in one change; far below an entry's 185,000 bytes, since an update writes keys as well. */
const STEP = 30_000
const MOST_IN_A_STEP = 100

export type TakingStep = (roster: object) => Change

/** The changes, in order: first the organizations that nobody has yet, then the people. Each may be tried again. */
export function takingSteps(takings: readonly Taking[]): TakingStep[] {
  const names = newOrganizations(takings.map(({ person }) => person))
  const made = new Map<string, string>()
  const organizations = inPieces(names).map(
    (some): TakingStep =>
      (roster) =>
        addOrganizations(roster, some, made),
  )
  const people = inPieces(takings).map((some): TakingStep => (roster) => {
    for (const taking of some) {
      const done = take(roster, taking, made)
      if (!done.ok) return done
    }
    return fine
  })
  return [...organizations, ...people]
}

const fine: Change = { ok: true, value: null }

function inPieces<T>(all: readonly T[]): T[][] {
  const out: T[][] = []
  let room = 0
  for (const one of all) {
    const size = JSON.stringify(one).length
    const last = out.at(-1)
    if (last === undefined || size > room || last.length >= MOST_IN_A_STEP) {
      out.push([one])
      room = STEP - size
    } else {
      last.push(one)
      room -= size
    }
  }
  return out
}

/** `made` gets the ids by the letters of the names: the people who come after refer to them. */
function addOrganizations(roster: object, names: readonly string[], made: Map<string, string>): Change {
  for (const name of names) {
    const at = listAt(roster, 'organizations').length
    const done = insertItem(roster, ['organizations'], at, { name })
    if (!done.ok) return done
    const id = toJson(own(listAt(roster, 'organizations')[at] as object, 'id'))
    made.set(bareLetters(name), typeof id === 'string' ? id : '')
  }
  return fine
}

const listAt = (roster: object, name: string): readonly unknown[] => {
  const list = own(roster, name)
  return Array.isArray(list) ? list : []
}

function take(roster: object, taking: Taking, made: ReadonlyMap<string, string>): Change {
  const person = withMade(taking.person, made)
  if (taking.do === 'add') return insertItem(roster, ['people'], listAt(roster, 'people').length, person)
  const index = taking.find(roster)
  return index === null ? fine : update(roster, ['people', index], person)
}

function withMade(person: JsonObject, made: ReadonlyMap<string, string>): JsonObject {
  const refs = person['organizations']
  if (!Array.isArray(refs)) return person
  const ids = refs.flatMap((ref: Json) => {
    const name = typeof ref === 'string' ? newOrganization(ref) : null
    return name === null ? [ref] : (made.get(bareLetters(name)) ?? [])
  })
  return { ...person, organizations: ids.filter((id, i) => ids.indexOf(id) === i) }
}

/** What makes an item of a list the same one: the role, the number. */
const KEYS: Readonly<Record<string, string>> = { roles: 'role', channels: 'value' }

function update(roster: object, path: Path, person: JsonObject): Change {
  const now = personAt(roster, path)
  for (const [name, value] of Object.entries(differing(person, now))) {
    const done = updateField(roster, [...path, name], value, now[name], KEYS[name])
    if (!done.ok) return done
  }
  return fine
}

function updateField(roster: object, path: Path, value: Json, now: Json | undefined, key: string | undefined): Change {
  if (isObject(value)) return setAll(roster, path, differing(value, now))
  if (!Array.isArray(value)) return setValue(roster, path, value)
  if (key !== undefined) return updateList(roster, path, value as readonly JsonObject[], now, key)
  const here = Array.isArray(now) ? (now as readonly Json[]) : []
  return setValue(roster, path, [...here, ...(value as readonly Json[]).filter((one) => !here.includes(one))])
}

function personAt(roster: object, path: Path): JsonObject {
  const json = toJson(listAt(roster, 'people')[Number(path[1])])
  return isObject(json) ? json : {}
}

function updateList(
  roster: object,
  path: Path,
  items: readonly JsonObject[],
  now: Json | undefined,
  key: string,
): Change {
  const here = Array.isArray(now) ? (now as readonly Json[]) : []
  let length = here.length
  for (const [i, item] of items.entries()) {
    const named = Object.hasOwn(item, key)
    const at = named ? here.findIndex((one) => isObject(one) && same(own(one, key) as Json, item[key])) : i
    const found = at < 0 ? undefined : here[at]
    const done =
      found === undefined
        ? insertItem(roster, path, length++, item)
        : setAll(roster, [...path, at], differing(item, found))
    if (!done.ok) return done
  }
  return fine
}

function setAll(roster: object, path: Path, values: JsonObject): Change {
  for (const [name, value] of Object.entries(values)) {
    const done = setValue(roster, [...path, name], value)
    if (!done.ok) return done
  }
  return fine
}

/** What of `values` is not so already; a precision that a date says by its length needs no writing. */
function differing(values: JsonObject, now: Json | undefined): JsonObject {
  const here = isObject(now) ? now : {}
  const wanted = Object.entries(values).filter(([name, value]) => {
    const current = own(here, name) as Json | undefined
    if (same(current, value)) return false
    const date = name.endsWith(PRECISION) ? values[name.slice(0, -PRECISION.length)] : undefined
    return !(typeof date === 'string' && (current ?? null) === null && value === impliedPrecision(date))
  })
  return Object.fromEntries(wanted)
}

const PRECISION = 'Precision'

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
