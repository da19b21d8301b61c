// What screens conclude about a device on its way in, from what the engine shows and no longer shows.
import { describe, expect, it } from 'vitest'
import { InvitationId } from '../../../src/base/ids.ts'
import type { EngineState, LinkingView } from '../../../src/engine/api.ts'
import { endingOf, linkingRoute, linkTo, openLinkings, whoReturns } from '../../../src/ui/state/linking.ts'
import { todosOf } from '../../../src/ui/state/todos.ts'
import { fakeEngine } from '../../support/fake-engine.ts'
import { id } from '../../support/fake-people.ts'

const NOW = 1_750_000_000_000

async function at(extra: Partial<LinkingView> = {}): Promise<{ engine: EngineState; linking: LinkingView }> {
  const state = await fakeEngine('full', NOW).state()
  const space = state.spaces[0]!
  const linking: LinkingView = {
    id: id(InvitationId, 'linking'),
    side: 'giving',
    kind: 'device',
    spaces: [{ space: space.id, name: space.name, member: space.me }],
    state: 'waiting',
    words: [],
    contested: false,
    link: '',
    codes: [],
    others: [],
    at: NOW,
    ...extra,
  }
  return { engine: { ...state, linking: [linking] }, linking }
}

describe('a device on its way in', () => {
  it('leads back to its own screen, from either side', async () => {
    const { linking } = await at()
    expect(linkingRoute(linking)).toEqual({ name: 'link-device', id: linking.id })
    expect(linkingRoute({ ...linking, side: 'taking' })).toEqual({ name: 'take', kind: 'device', id: linking.id })
    const [{ space, member } = { space: null, member: null }] = linking.spaces
    expect(linkingRoute({ ...linking, kind: 'return' })).toEqual({ name: 'return', space, member, id: linking.id })
  })

  it('is listed until it is done', async () => {
    const { engine, linking } = await at()
    expect(openLinkings(engine)).toEqual([linking])
    expect(openLinkings({ ...engine, linking: [{ ...linking, state: 'done' }] })).toEqual([])
  })

  it('names who comes back only when she is known here', async () => {
    const { engine, linking } = await at({ kind: 'return' })
    expect(whoReturns(engine, linking)).toBe('Copal')
    expect(whoReturns({ ...engine, spaces: [] }, linking)).toBe('')
  })
})

describe('how it ended', () => {
  it('open while it is shown, done when it says so', async () => {
    const { engine, linking } = await at()
    expect(endingOf(engine, linking, linking)).toBe('open')
    expect(endingOf(engine, linking, { ...linking, state: 'done' })).toBe('done')
    expect(endingOf(engine, { ...linking, state: 'done' }, undefined)).toBe('done')
  })

  it('gone when it is shown no more on the giving side, or was never here', async () => {
    const { engine, linking } = await at()
    expect(endingOf(engine, linking, undefined)).toBe('gone')
    expect(endingOf(engine, null, undefined)).toBe('gone')
  })

  it('on the taking side, done when every space of it is here', async () => {
    const { engine, linking } = await at({ side: 'taking' })
    expect(endingOf(engine, linking, undefined)).toBe('done')
    expect(endingOf({ ...engine, spaces: engine.spaces.slice(1) }, linking, undefined)).toBe('gone')
    expect(endingOf(engine, { ...linking, spaces: [] }, undefined)).toBe('gone')
  })
})

it('a link kept without an address gets the one of this page', () => {
  expect(linkTo('https://app.example.org/', 'telarlink1.abc')).toBe('https://app.example.org/#telarlink1.abc')
  expect(linkTo('https://app.example.org/', 'https://other.example.org/#x')).toBe('https://other.example.org/#x')
})

describe('what waits for her', () => {
  it('a device whose words are to be compared, by who helps; not the side that waits', async () => {
    const { engine, linking } = await at({ state: 'comparing', kind: 'return' })
    const todos = todosOf(engine).filter((todo) => todo.kind === 'linking')
    expect(todos).toEqual([{ kind: 'linking', linking, who: 'Copal' }])
    expect(
      todosOf({ ...engine, linking: [{ ...linking, side: 'taking' }] }).some((one) => one.kind === 'linking'),
    ).toBe(false)
  })

  it('no kit to check while this device is taking over the kit of another', async () => {
    const { engine, linking } = await at({ side: 'taking' })
    const unseen = { ...engine, self: { alias: 'Copal', language: 'es' as const, recoveryKitSeen: false } }
    expect(todosOf(unseen).some((todo) => todo.kind === 'kit')).toBe(false)
    expect(todosOf({ ...unseen, linking: [] }).some((todo) => todo.kind === 'kit')).toBe(true)
    expect(linking.side).toBe('taking')
  })
})
