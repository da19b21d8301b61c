// What the screens of people offer and say: who may decide what and with how many, lists, lost phones, what waits, warnings,
// and the history in words.
import { describe, expect, it } from 'vitest'
import { DeviceId } from '../../../src/base/ids.ts'
import type { HistoryItem, HistoryWhat, MemberView, PendingView, SpaceView } from '../../../src/engine/api.ts'
import { shellTranslator } from '../../../src/ui/i18n/shell.ts'
import {
  concerning,
  historyDays,
  historyLines,
  openWarnings,
  pendingTitle,
  pendingWhy,
  reasonText,
  verdictMeans,
  warningTitle,
} from '../../../src/ui/state/decisions.ts'
import {
  found,
  listed,
  mayRemove,
  mayResume,
  maySuspend,
  myLost,
  restsMe,
  rolesFor,
  theirLost,
  wayToRemove,
  wayToRole,
} from '../../../src/ui/state/people.ts'
import { pressingWarnings, putAside } from '../../../src/ui/state/pressing.ts'
import { suspensionWords } from '../../../src/ui/shared/suspending.ts'
import { todoKey, todosOf } from '../../../src/ui/state/todos.ts'
import { fakeEngine, type FakeScene } from '../../support/fake-engine.ts'
import { id } from '../../support/fake-people.ts'

const NOW = 1_750_000_000_000
const t = shellTranslator(() => 'es')
const english = shellTranslator(() => 'en')

async function circle(scene: FakeScene = 'full'): Promise<SpaceView> {
  return (await fakeEngine(scene, NOW).state()).spaces[0]!
}
const named = (space: SpaceView, alias: string): MemberView => space.members.find((one) => one.alias === alias)!

/** Without one who coordinates: two are left. */
const with2 = (space: SpaceView): SpaceView => ({
  ...space,
  members: space.members.map((one) => (one.alias === 'Ceiba' ? { ...one, role: 'editor' as const } : one)),
})

describe('who may decide what', () => {
  it('an editor or reader is removed and changed at once, a coordinator by most of the others', async () => {
    const space = await circle()
    expect(wayToRemove(space, named(space, 'Mirto'))).toEqual({ type: 'at-once' })
    expect(wayToRemove(space, named(space, 'Ceiba'))).toEqual({ type: 'majority', needed: 2, of: 2 })
    expect(wayToRole(space, named(space, 'Mirto'), 'reader')).toEqual({ type: 'at-once' })
    expect(wayToRole(space, named(space, 'Mirto'), 'coordinator')).toEqual({ type: 'majority', needed: 2, of: 3 })
    expect(wayToRole(space, named(space, 'Ceiba'), 'editor')).toEqual({ type: 'majority', needed: 2, of: 2 })
  })
  it('of two coordinators neither may lower the other, but each may leave and step down', async () => {
    const space = with2(await circle())
    expect(wayToRemove(space, named(space, 'Luciérnaga'))).toEqual({ type: 'impossible' })
    expect(wayToRole(space, named(space, 'Luciérnaga'), 'reader')).toEqual({ type: 'impossible' })
    expect(wayToRemove(space, named(space, 'Copal'))).toEqual({ type: 'at-once' })
    expect(wayToRole(space, named(space, 'Copal'), 'editor')).toEqual({ type: 'at-once' })
  })
  it('whose powers rest does not vote, and may be lowered by one', async () => {
    const space = with2(await circle())
    const rests = { ...named(space, 'Luciérnaga'), disputed: true }
    const members = space.members.map((one) => (one.id === rests.id ? rests : one))
    expect(wayToRemove({ ...space, members }, rests)).toEqual({ type: 'at-once' })
    expect(wayToRole({ ...space, members }, named(space, 'Mirto'), 'coordinator')).toEqual({ type: 'at-once' })
  })
  it('I may only lower myself; without powers nobody else', async () => {
    const space = await circle()
    expect(rolesFor(space, named(space, 'Copal'))).toEqual(['editor', 'reader'])
    expect(rolesFor(space, named(space, 'Mirto'))).toEqual(['coordinator', 'reader'])
    expect(rolesFor(space, named(space, 'Ámbar'))).toEqual([])
    expect(rolesFor({ ...space, powers: false }, named(space, 'Mirto'))).toEqual([])
    expect(mayRemove({ ...space, powers: false }, named(space, 'Mirto'))).toBe(false)
    expect(mayRemove({ ...space, powers: false }, named(space, 'Copal'))).toBe(true)
    expect(mayRemove({ ...space, standing: 'suspended' }, named(space, 'Copal'))).toBe(false)
  })
  it('suspends another device of mine without powers, never this one', async () => {
    const space = { ...(await circle()), powers: false }
    const me = named(space, 'Copal')
    const mirto = named(space, 'Mirto')
    expect(me.devices.map((device) => maySuspend(space, me, device))).toEqual([false, true])
    expect(mirto.devices.map((device) => maySuspend(space, mirto, device))).toEqual([false, false])
    expect(mirto.devices.map((device) => maySuspend({ ...space, powers: true }, mirto, device))).toEqual([true, true])
  })
  it('resumes what is suspended of others; of mine only where nobody else can', async () => {
    const space = await circle('people')
    const mirto = named(space, 'Mirto')
    expect(mirto.devices.map((device) => mayResume(space, mirto, device))).toEqual([false, true])
    const me = named(space, 'Copal')
    const out = { ...me.devices[1]!, status: 'suspended' as const }
    expect(mayResume(space, me, out)).toBe(false)
    const alone = {
      ...space,
      members: space.members.map((one) => (one.me ? one : { ...one, role: 'editor' as const })),
    }
    expect(mayResume(alone, me, out)).toBe(true)
  })
  it('suspending a coordinator of others costs my own say, and is said', async () => {
    const space = await circle()
    const ceiba = named(space, 'Ceiba')
    expect(restsMe(space, ceiba)).toBe(true)
    expect(restsMe(space, named(space, 'Mirto'))).toBe(false)
    expect(restsMe(space, named(space, 'Copal'))).toBe(false)
    const words = suspensionWords(t, [{ space, member: ceiba, device: ceiba.devices[0]! }])
    expect(words.rests).toContain('Ceiba')
    expect(words.limits.join(' ')).toMatch(/no se puede borrar desde aquí.*único aparato/)
  })
})

describe('lists of people', () => {
  it('me first, then who coordinates, then the others; those who left apart', async () => {
    const { active, gone } = listed((await circle()).members, 'es')
    expect(active.map((one) => one.alias)).toEqual(['Copal', 'Ceiba', 'Luciérnaga', 'Abuela Lluvia', 'Mirto', 'Niebla'])
    expect(gone.map((one) => one.alias)).toEqual(['Ámbar'])
  })
  it('are found without marks and case', async () => {
    const { members } = await circle()
    expect(found(members, '  luciernaga').map((one) => one.alias)).toEqual(['Luciérnaga'])
    expect(found(members, 'AMBAR').map((one) => one.alias)).toEqual(['Ámbar'])
    expect(found(members, '')).toBe(members)
  })
  it('three thousand are sorted and searched', async () => {
    const { members } = await circle('large')
    expect(members).toHaveLength(3000)
    expect(listed(members, 'es').active).toHaveLength(2999)
    expect(found(members, 'Zenzontle 1005').map((one) => one.alias)).toEqual(['Zenzontle 1005'])
  })
})

describe('a lost phone', () => {
  it('mine are one by name, across spaces, without this one', async () => {
    const state = await fakeEngine('full', NOW).state()
    const second = { ...named(state.spaces[0]!, 'Copal').devices[1]!, me: false }
    const spaces = state.spaces.map((space, i) => {
      if (i === 0) return space
      const members = space.members.map((one) => (one.me ? { ...one, devices: [...one.devices, second] } : one))
      return { ...space, members }
    })
    const groups = myLost({ ...state, spaces })
    expect(groups.map((group) => [group.name, group.places.map((one) => one.space.name)])).toEqual([
      ['Computadora', ['Círculo Oriente', 'Equipo operativo', 'Grupo Impulsor']],
    ])
  })
  it('mine: two of one name in one space each stand for themselves', async () => {
    const state = await fakeEngine('full', NOW).state()
    const spaces = state.spaces.map((space) => {
      const phone = space.members.find((one) => one.me)!.devices[0]!
      const other = (mark: string) => ({ ...phone, id: id(DeviceId, mark + space.id), me: false, name: 'Teléfono' })
      const more = space === state.spaces[0] ? [other('a'), other('b')] : [other('a')]
      return {
        ...space,
        members: space.members.map((one) => (one.me ? { ...one, devices: [phone, ...more] } : one)),
      }
    })
    const groups = myLost({ ...state, spaces })
    expect(groups.every((group) => group.places.length === 1 && group.name === 'Teléfono')).toBe(true)
    expect(groups.filter((group) => group.places[0]!.space === spaces[0])).toHaveLength(2)
    expect(new Set(groups.map((group) => group.key)).size).toBe(groups.length)
  })
  it('of others: each device, and all of hers together where she has several', async () => {
    const space = await circle()
    const groups = theirLost(space, [named(space, 'Niebla'), named(space, 'Mirto'), named(space, 'Copal')])
    expect(groups.map((group) => [group.places[0]!.member.alias, group.places.length])).toEqual([
      ['Niebla', 1],
      ['Mirto', 1],
      ['Mirto', 1],
      ['Mirto', 2],
    ])
    expect(new Set(groups.map((group) => group.key)).size).toBe(4)
  })
})

describe('what waits for the word of others', () => {
  it('says who, what and whom, in three kinds', async () => {
    const space = await circle('people')
    expect(space.pending.map((one) => pendingTitle(t, space, one))).toEqual([
      'Ceiba propone que Mirto coordine',
      'Ceiba suspendió un aparato de Luciérnaga',
      'En disputa: Luciérnaga sacó a Ceiba',
    ])
    const why = space.pending.map((one) => pendingWhy(t, space, one))
    expect(why[0]).toContain('mayoría')
    expect(why[1]).toContain('la palabra de Ceiba descansa')
    expect(why[2]).toContain('al mismo tiempo')
  })
  it('has words for every kind, verdict and language, that differ', async () => {
    const space = await circle('people')
    const base = space.pending[0]!
    const kinds: PendingView[] = (['majority', 'suspension', 'dispute'] as const).flatMap((why) =>
      (['remove', 'suspend', 'set-role'] as const).flatMap((what) =>
        (['coordinator', 'editor', 'reader'] as const).map((role) => ({ ...base, why, what, role })),
      ),
    )
    for (const say of [t, english])
      for (const one of [
        ...kinds,
        { ...base, why: 'suspension' as const, what: 'suspend' as const, by: base.member },
      ]) {
        expect(pendingTitle(say, space, one)).toContain(one.by === base.by ? 'Ceiba' : 'Mirto')
        expect(verdictMeans(say, space, one, true)).not.toBe(verdictMeans(say, space, one, false))
      }
  })
  it('one’s own suspension is asked about as such', async () => {
    const space = await circle('people')
    const own = { ...space.pending[1]!, by: space.pending[1]!.member }
    expect(pendingTitle(t, space, own)).toBe('Luciérnaga suspendió un aparato suyo')
    expect(pendingWhy(t, space, own)).toContain('por otra vía')
    expect(verdictMeans(t, space, own, false)).toContain('vuelve a funcionar')
  })
  it('comes to me only when my word is missing, before reviews', async () => {
    const state = await fakeEngine('people', NOW).state()
    const todos = todosOf(state)
    expect(todos.map((todo) => todo.kind)).toEqual(['knock', 'decision', 'decision', 'warning', 'review'])
    expect(new Set(todos.map(todoKey)).size).toBe(5)
  })
})

describe('warnings', () => {
  it('the gravest first; a device that is out already is not warned about', async () => {
    const space = await circle('people')
    expect(openWarnings(space).map((one) => one.type)).toEqual(['two-versions', 'keys-missing', 'away'])
    const members = space.members.map((one) => ({
      ...one,
      devices: one.devices.map((device) => ({ ...device, status: 'suspended' as const })),
    }))
    expect(openWarnings({ ...space, members }).map((one) => one.type)).toEqual(['keys-missing', 'away'])
  })
  it('one that is talked over leaves the lists and stays on the person’s screen', async () => {
    const state = await fakeEngine('people', NOW).state()
    const space = state.spaces[0]!
    const asked = () => todosOf(state).filter((todo) => todo.kind === 'warning').length
    const before = asked()
    const warning = openWarnings(space)[0]!
    putAside(space, warning)
    expect(pressingWarnings(space).map((one) => one.type)).toEqual(['keys-missing', 'away'])
    expect(asked()).toBe(before - 1)
    expect(openWarnings(space)).toContain(warning)
  })
  it('tell this device, another of mine and somebody else’s apart', async () => {
    const space = await circle('people')
    const me = named(space, 'Copal')
    const about = (member: MemberView, i: number) =>
      warningTitle(t, space, { type: 'two-versions', member: member.id, device: member.devices[i]!.id })
    expect(about(me, 0)).toBe('Este aparato dijo dos cosas distintas')
    expect(about(me, 1)).toBe('Un aparato mío dijo dos cosas distintas')
    expect(about(named(space, 'Niebla'), 0)).toBe('Un aparato de Niebla dijo dos cosas distintas')
  })
  it('what only coordinators can act on does not wait for others', async () => {
    const state = await fakeEngine('people', NOW).state()
    const spaces = state.spaces.map((space) => ({ ...space, powers: false, knocks: [], pending: [] }))
    expect(todosOf({ ...state, spaces }).map((todo) => todo.kind)).toEqual(['review'])
  })
})

const WHATS: readonly HistoryWhat[] = [
  'create',
  'admit',
  'add-device',
  'rotate-device',
  'suspend',
  'resume',
  'remove',
  'set-role',
  'cosign',
  'set-relays',
  'successor',
]

describe('history in words', () => {
  const item = (space: SpaceView, extra: Partial<HistoryItem>): HistoryItem => ({
    operation: space.pending[0]?.operation ?? ('00'.repeat(32) as HistoryItem['operation']),
    at: NOW,
    by: named(space, 'Ceiba').id,
    device: named(space, 'Ceiba').devices[0]!.id,
    what: 'create',
    member: named(space, 'Mirto').id,
    target: null,
    role: null,
    verdict: null,
    of: null,
    relays: null,
    effect: 'done',
    reason: null,
    ...extra,
  })

  it('every kind has a sentence in both languages: of others, of oneself, of somebody unknown, waiting and void', async () => {
    const space = await circle()
    const ceiba = named(space, 'Ceiba').id
    for (const say of [t, english])
      for (const what of WHATS)
        for (const extra of [{}, { member: ceiba }, { by: null, member: null }, { effect: 'waiting' as const }]) {
          const roles = what === 'set-role' ? (['coordinator', 'editor', 'reader'] as const) : ([null] as const)
          for (const role of roles) {
            const [line] = historyLines(say, space, [item(space, { what, role, ...extra })])
            expect(line!.text, what).toMatch(/^\p{Lu}/u)
            expect(line!.text, what).not.toMatch(/undefined|null|\bh_/)
          }
        }
  })
  it('one’s own leaving is not a removal; a word given says about what', async () => {
    const space = await circle()
    const [ceiba, mirto] = [named(space, 'Ceiba').id, named(space, 'Mirto').id]
    const proposed = item(space, { what: 'set-role', role: 'coordinator', effect: 'waiting' })
    const said = item(space, { what: 'cosign', verdict: true, of: proposed.operation, by: mirto })
    const texts = historyLines(t, space, [item(space, { what: 'remove', member: ceiba }), said, proposed]).map(
      (line) => line.text,
    )
    expect(texts).toEqual([
      'Ceiba salió del espacio',
      'Mirto dijo que sí: que Mirto coordine',
      'Ceiba propuso que Mirto coordine',
    ])
  })
  it('what does not count says why, for every rule, and never by its code', async () => {
    const space = await circle()
    for (const say of [t, english]) {
      const reasons = Array.from({ length: 20 }, (_, n) => reasonText(say, `ME-${n + 1} something`))
      for (const reason of [...reasons, reasonText(say, null), reasonText(say, 'XX-1')]) {
        expect(reason).not.toMatch(/ME-|undefined/)
        expect(reason.length).toBeGreaterThan(20)
      }
    }
    const [line] = historyLines(t, space, [item(space, { effect: 'void', reason: 'ME-5 not-a-coordinator' })])
    expect(line!.reason).toContain('no coordinaba')
  })
  it('is grouped by day and filtered by person', async () => {
    const api = fakeEngine('full', NOW)
    const space = (await api.state()).spaces[0]!
    const answer = await api.history(space.id)
    if (!answer.ok) throw new Error('no history')
    const lines = historyLines(t, space, answer.value)
    const days = historyDays(lines)
    expect(days.flatMap((day) => day.lines)).toEqual(lines)
    expect(days.length).toBeLessThan(lines.length)
    expect(new Set(days.map((day) => day.key)).size).toBe(days.length)
    const mirto = named(space, 'Mirto').id
    const hers = concerning(answer.value, mirto)
    expect(hers.length).toBeGreaterThan(0)
    expect(hers.every((one) => one.by === mirto || one.member === mirto)).toBe(true)
    expect(concerning(answer.value, null)).toBe(answer.value)
  })
})
