// What `sync --watch` reports between two states, and that it names nobody unless asked to.
import { expect, test } from 'vitest'
import { eventsBetween } from '../../../src/cli/events.ts'
import { hex, knock, member, space, stateOf } from './support.ts'

const relay = {
  address: 'http://r',
  state: 'connected',
  reason: null,
  inStepAt: null,
  unsent: 0,
  own: false,
  trouble: null,
} as const
const document = (updatedAt: number) => ({ id: hex('d0', 32), title: 'Plan secreto', updatedAt, here: true }) as never

test('nothing happened: nothing is said', () => {
  const state = stateOf(
    space('01', 'Red', { relays: [relay], members: [member('01', 'Ada')], documents: [document(1)] }),
  )
  expect(eventsBetween(state, state, true)).toEqual([])
})

test('at the start: relays and whoever already waits', () => {
  const state = stateOf(space('01', 'Red', { relays: [relay], knocks: [knock('aa', 'a b', { note: 'Luz' })] }))
  expect(eventsBetween(null, state, false)).toEqual([
    { event: 'relay', relay: 'http://r', state: 'connected' },
    { event: 'knock', space: hex('01'), device: hex('aa'), state: 'confirm' },
  ])
})

test('members, documents, keys and relays that changed', () => {
  const before = stateOf(
    space('01', 'Red', { relays: [relay], members: [member('01', 'Ada')], documents: [document(1)] }),
  )
  const after = stateOf(
    space('01', 'Red', {
      epoch: 2,
      relays: [{ ...relay, inStepAt: 5 }],
      members: [member('01', 'Ada', { status: 'removed' }), member('02', 'Luz')],
      documents: [document(2)],
    }),
  )
  const events = eventsBetween(before, after, false)
  expect(events.map((event) => event.event)).toEqual(['in-step', 'epoch', 'left', 'joined', 'changed'])
  expect(JSON.stringify(events)).not.toMatch(/Ada|Luz|Plan|Red/)
  expect(JSON.stringify(eventsBetween(before, after, true))).toMatch(/Plan secreto/)
})
