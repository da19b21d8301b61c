// What the screens of carriers decide without drawing: when relays are lost, where a connection nearby is, what is said of a file.
import { describe, expect, it } from 'vitest'
import { MemberId, SpaceId } from '../../../src/base/ids.ts'
import type { OpenedBundle, PeerView, RelayView } from '../../../src/engine/api.ts'
import { sizeSaid } from '../../../src/ui/i18n/size.ts'
import {
  hostOf,
  isRelayLink,
  lastInStep,
  nearStage,
  openedSays,
  percentOf,
  relaysLost,
} from '../../../src/ui/state/carriers.ts'

const relay = (state: RelayView['state'], inStepAt: number | null = null): RelayView => ({
  address: 'https://relevo.example.org',
  state,
  reason: null,
  inStepAt,
  unsent: 0,
  own: false,
  trouble: null,
})

describe('relays', () => {
  it('are lost when none answers, and not while one is looked for for the first time', () => {
    expect(relaysLost([])).toBe(false)
    expect(relaysLost([relay('connecting')])).toBe(false)
    expect(relaysLost([relay('connecting', 5)])).toBe(true)
    expect(relaysLost([relay('offline'), relay('refused')])).toBe(true)
    expect(relaysLost([relay('offline'), relay('connected')])).toBe(false)
  })

  it('say when any of them last had everything', () => {
    expect(lastInStep([relay('offline')])).toBeNull()
    expect(lastInStep([relay('offline', 3), relay('offline', 9), relay('offline')])).toBe(9)
  })

  it('are told by their host, and a link of one from other links', () => {
    expect(hostOf('https://relevo.example.org:8443/x')).toBe('relevo.example.org:8443')
    expect(hostOf('no address')).toBe('no address')
    expect(isRelayLink('mira: https://app.example.org/#telarrelay1.AbCd')).toBe(true)
    expect(isRelayLink('https://app.example.org/#telar1.AbCd')).toBe(false)
  })
})

describe('a connection nearby', () => {
  const PEER = 'ab'.repeat(16)
  const peer = (state: PeerView['state']): PeerView => ({
    id: PEER,
    by: 'near',
    state,
    device: null,
    member: null,
    alias: '',
    spaces: [],
    progress: null,
  })

  it('shows until its answer was read, then connects, and ends when the engine tells of it no more', () => {
    const before = { answered: false, seen: true }
    const after = { answered: true, seen: true }
    expect(nearStage([], null, before)).toBe('begin')
    expect(nearStage([], PEER, { answered: false, seen: false })).toBe('showing')
    expect(nearStage([peer('connecting')], PEER, before)).toBe('showing')
    expect(nearStage([peer('connecting')], PEER, after)).toBe('connecting')
    expect(nearStage([peer('connected')], PEER, before)).toBe('connected')
    expect(nearStage([peer('in-step')], PEER, after)).toBe('in-step')
    expect(nearStage([], PEER, after)).toBe('ended')
  })

  it('says how far it is without leaving 0 to 100', () => {
    expect(percentOf({ received: 0, wanted: 0, sent: 0, toSend: 0 })).toBe(100)
    expect(percentOf({ received: 1, wanted: 2, sent: 0, toSend: 0 })).toBe(33)
    expect(percentOf({ received: 9, wanted: 0, sent: 3, toSend: 0 })).toBe(100)
  })
})

describe('a file that was opened', () => {
  const opened = (extra: Partial<OpenedBundle>): OpenedBundle => ({
    space: SpaceId.must(new Uint8Array(32)),
    member: MemberId.must(new Uint8Array(16)),
    savedAt: 1,
    entries: 4,
    fresh: 0,
    whole: true,
    sealed: false,
    ...extra,
  })

  it('says first what is new, then what is missing, and only then that nothing is', () => {
    expect(openedSays(opened({ fresh: 2, whole: false }))).toBe('fresh')
    expect(openedSays(opened({ sealed: true }))).toBe('sealed')
    expect(openedSays(opened({ whole: false }))).toBe('cut')
    expect(openedSays(opened({}))).toBe('nothing')
  })

  it('has a size in words', () => {
    expect([999, 60_000, 1_440_000].map((bytes) => sizeSaid(bytes, 'en'))).toEqual([
      '999\u00a0byte',
      '60\u00a0kB',
      '1.4\u00a0MB',
    ])
  })
})
