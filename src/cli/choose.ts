// Finds what a person means by a name or by the beginning of an id. Owns the one rule: names and ids are both tried, and
// more than one match is an error, never a guess.
import type {
  DeviceView,
  DocumentView,
  EngineState,
  KnockView,
  MemberView,
  PendingView,
  SpaceView,
  SuccessorView,
} from '../engine/api.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { CliError, Kind } from './failure.ts'

const fold = (text: string) => text.normalize('NFC').trim().toLocaleLowerCase('und')

/** `given` is a whole name (any case) or the beginning of an id. */
function choose<T extends { readonly id: string }>(
  what: Kind,
  all: readonly T[],
  given: string,
  nameOf: (item: T) => string,
): Result<T, CliError> {
  const text = given.trim()
  const exact = all.find((item) => item.id === text)
  if (exact !== undefined) return ok(exact)
  const isPrefix = /^[0-9a-f]+$/i.test(text)
  const matches = all.filter(
    (item) =>
      (text !== '' && fold(nameOf(item)) === fold(text)) || (isPrefix && item.id.startsWith(text.toLowerCase())),
  )
  return only(what, matches, given)
}

function only<T extends { readonly id: string }>(what: Kind, matches: readonly T[], given: string | null) {
  const [first] = matches
  if (first === undefined) return err({ type: 'NotFound', what, given } as const)
  if (matches.length === 1) return ok(first)
  return err({ type: 'Ambiguous', what, given, matches: matches.map((item) => item.id) } as const)
}

/** Without a name: the only space there is. */
export function chooseSpace(state: EngineState, given: string | undefined): Result<SpaceView, CliError> {
  if (given !== undefined) return choose('space', state.spaces, given, (space) => space.name)
  return only('space', state.spaces, null)
}

export const chooseDocument = (space: SpaceView, given: string): Result<DocumentView, CliError> =>
  choose('document', space.documents, given, (document) => document.title)

/** Among those who are still in. */
export const chooseMember = (space: SpaceView, given: string): Result<MemberView, CliError> =>
  choose(
    'member',
    space.members.filter((member) => member.status === 'active'),
    given,
    (member) => member.alias,
  )

/** Any device of somebody who is still in. */
export const chooseDevice = (space: SpaceView, given: string): Result<DeviceView, CliError> =>
  choose(
    'device',
    space.members.filter((member) => member.status === 'active').flatMap((member) => member.devices),
    given,
    (device) => device.name,
  )

/** Without an id: the only question that waits for my word. */
export function choosePending(space: SpaceView, given: string | undefined): Result<PendingView, CliError> {
  const all = space.pending.map((item) => ({ ...item, id: item.operation }))
  if (given !== undefined) return choose('operation', all, given, () => '')
  return only(
    'operation',
    all.filter(({ mine }) => mine === 'open'),
    null,
  )
}

/** Without an id: the only announcement not answered here. */
export function chooseSuccessor(space: SpaceView, given: string | undefined): Result<SuccessorView, CliError> {
  const all = space.successors.map((item) => ({ ...item, id: item.operation }))
  if (given !== undefined) return choose('operation', all, given, () => '')
  return only(
    'operation',
    all.filter(({ state }) => state === 'open'),
    null,
  )
}

export interface Knock extends KnockView {
  readonly id: string
  readonly space: SpaceView
}

/** Safety words as they may be typed: any case, accents or none, commas or none. */
export const foldWords = (text: string): string =>
  (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  ).join(' ')

/**
 * `given`: nothing (exactly one knock waits), the beginning of a device's id, or the eight words. A contested knock is never
 * chosen by default.
 */
export function chooseKnock(spaces: readonly SpaceView[], given: readonly string[]): Result<Knock, CliError> {
  const all = spaces.flatMap((space) => space.knocks.map((knock) => ({ ...knock, id: knock.device, space })))
  const text = given.join(' ').trim()
  if (text === '') return only('knock', all, null)
  const byWords = all.filter((knock) => foldWords(knock.words.join(' ')) === foldWords(text))
  if (byWords.length > 0) return only('knock', byWords, text)
  return choose('knock', all, text, () => '')
}

/** Beginnings of ids: at least 8 characters, and as many as tell all of them apart. */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const distinct = [...new Set(ids)]
  for (let length = 8; ; length++) {
    const short = new Map(distinct.map((id) => [id, id.slice(0, length)]))
    if (new Set(short.values()).size === distinct.length) return short
  }
}
