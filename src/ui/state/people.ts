// Who may decide what about whom, as far as the screens must know before they offer it, and lists of people in the order shown.
// Owns no words and changes nothing: the engine decides (rules ME-9 to ME-12 of docs/spec/membership.md).
import type { DeviceId, SpaceId } from '../../base/ids.ts'
import type { DeviceView, EngineState, MemberRole, MemberView, SpaceView } from '../../engine/api.ts'

/** I coordinate here, and my powers do not rest. */
export const iDecide = (space: SpaceView): boolean => space.powers && space.standing === 'active'

export const myself = (space: SpaceView): MemberView | undefined =>
  space.members.find((member) => member.id === space.me)

export const memberOf = (space: SpaceView, id: MemberView['id'] | null): MemberView | undefined =>
  id === null ? undefined : space.members.find((member) => member.id === id)

/** Those whose word counts about `about`: she is not among them. */
export function voters(space: SpaceView, about: MemberView): readonly MemberView[] {
  return space.members.filter(
    (one) => one.status === 'active' && one.role === 'coordinator' && !one.disputed && one.id !== about.id,
  )
}

/** How an order about a person comes to count. `needed` of `of`: the author's own word is one of them. */
export type Way =
  | { readonly type: 'at-once' }
  | { readonly type: 'majority'; readonly needed: number; readonly of: number }
  | { readonly type: 'impossible' }

/** More than half of the others who coordinate; to lower a coordinator there must be two of them, or her powers rest. */
function byMajority(space: SpaceView, about: MemberView, lowers: boolean): Way {
  const of = voters(space, about).length
  if (lowers && of < 2 && !about.disputed) return { type: 'impossible' }
  const needed = Math.floor(of / 2) + 1
  return needed <= 1 ? { type: 'at-once' } : { type: 'majority', needed, of }
}

export function wayToRemove(space: SpaceView, about: MemberView): Way {
  if (about.me || about.role !== 'coordinator') return { type: 'at-once' }
  return byMajority(space, about, true)
}

export function wayToRole(space: SpaceView, about: MemberView, role: MemberRole): Way {
  if (about.me) return { type: 'at-once' }
  if (role === 'coordinator') return byMajority(space, about, false)
  return about.role === 'coordinator' ? byMajority(space, about, true) : { type: 'at-once' }
}

const RANK: Readonly<Record<MemberRole, number>> = { reader: 0, editor: 1, coordinator: 2 }

/** The roles I may give her, or take myself; without the one she has. */
export function rolesFor(space: SpaceView, about: MemberView): readonly MemberRole[] {
  if (about.status !== 'active' || space.standing !== 'active') return []
  const roles: readonly MemberRole[] = ['coordinator', 'editor', 'reader']
  if (about.me) return roles.filter((role) => RANK[role] < RANK[about.role])
  return iDecide(space) ? roles.filter((role) => role !== about.role) : []
}

export function maySuspend(space: SpaceView, about: MemberView, device: DeviceView): boolean {
  if (space.standing !== 'active' || about.status !== 'active' || device.status !== 'active' || device.me) return false
  return about.me || space.powers
}

/** Another coordinator resumes: of one's own only where nobody else can. */
export function mayResume(space: SpaceView, about: MemberView, device: DeviceView): boolean {
  if (!iDecide(space) || about.status !== 'active' || device.status !== 'suspended') return false
  return !about.me || voters(space, about).length === 0
}

/** Suspending it makes my own powers rest until a third coordinator answers. */
export const restsMe = (space: SpaceView, about: MemberView): boolean =>
  !about.me && about.role === 'coordinator' && space.role === 'coordinator'

export const mayRemove = (space: SpaceView, about: MemberView): boolean =>
  about.status === 'active' && space.standing === 'active' && (about.me || iDecide(space))

/** Without marks and case, as people search. */
export const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()

export interface PeopleList {
  readonly active: readonly MemberView[]
  readonly gone: readonly MemberView[]
}

/** Me first, then those who coordinate, then everybody by alias. */
export function listed(members: readonly MemberView[], language: string): PeopleList {
  const { compare } = new Intl.Collator(language)
  const rank = (one: MemberView) => (one.me ? 0 : one.role === 'coordinator' ? 1 : 2)
  const sorted = [...members].sort((a, b) => rank(a) - rank(b) || compare(a.alias, b.alias))
  return {
    active: sorted.filter((one) => one.status === 'active'),
    gone: sorted.filter((one) => one.status === 'removed'),
  }
}

export function found(members: readonly MemberView[], query: string): readonly MemberView[] {
  const wanted = plain(query.trim())
  return wanted === '' ? members : members.filter((one) => plain(one.alias).includes(wanted))
}

/** One device in one space. */
export interface Lost {
  readonly space: SpaceView
  readonly member: MemberView
  readonly device: DeviceView
}

/** What is lost: devices with one name, of one person; of mine in every space, of others in one. */
export interface LostGroup {
  readonly key: string
  /** As its owner named it; empty when nobody has. */
  readonly name: string
  readonly places: readonly Lost[]
}

/**
 * My devices, but this one, grouped by what I called them: in each space they have other keys. Where one space has two of one name,
 * nothing tells which is which elsewhere, so each stands for itself.
 */
export function myLost(state: EngineState): readonly LostGroup[] {
  const groups = new Map<string, Lost[]>()
  for (const space of state.spaces) {
    const me = myself(space)
    if (me === undefined) continue
    for (const device of me.devices) {
      if (maySuspend(space, me, device))
        groups.set(device.name, [...(groups.get(device.name) ?? []), { space, member: me, device }])
    }
  }
  return [...groups].flatMap(([name, places]) => {
    const told = new Set(places.map(({ space }) => space.id)).size === places.length
    if (told) return [{ key: `mine ${name}`, name, places }]
    return places.map((lost) => ({ key: lost.space.id + lost.device.id, name, places: [lost] }))
  })
}

/** Devices of others that I may suspend; where somebody has several, all of hers together come after them. */
export function theirLost(space: SpaceView, members: readonly MemberView[]): readonly LostGroup[] {
  return members.flatMap((member) => {
    const places = member.devices
      .filter((device) => !member.me && maySuspend(space, member, device))
      .map((device): Lost => ({ space, member, device }))
    const single = places.map((lost): LostGroup => ({
      key: lost.space.id + lost.device.id,
      name: lost.device.name,
      places: [lost],
    }))
    return places.length < 2 ? single : [...single, { key: `all ${space.id} ${member.id}`, name: '', places }]
  })
}

/** The spaces where I may suspend other people's devices. */
export const decidedByMe = (state: EngineState): readonly SpaceView[] => state.spaces.filter(iDecide)

/** What the choice of a lost device is named by, across spaces. */
export interface LostPick {
  readonly space: SpaceId
  readonly device: DeviceId
}

export const picked = (group: LostGroup): readonly LostPick[] =>
  group.places.map(({ space, device }) => ({ space: space.id, device: device.id }))
