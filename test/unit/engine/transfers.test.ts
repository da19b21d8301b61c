// How far a transfer is: measured against the most that was known to be on its way, over the link that has the most; nothing for what
// is as small as a message.
import { describe, expect, it } from 'vitest'
import { ChannelId, SpaceId } from '../../../src/base/ids.ts'
import { Transfers } from '../../../src/engine/transfers.ts'

const SPACE = SpaceId.must(new Uint8Array(32))
const [FIRST, SECOND] = [1, 2].map((n) => ChannelId.must(new Uint8Array(32).fill(n))) as [ChannelId, ChannelId]

const link = (wanted: number, toSend: number, channel = FIRST) => ({
  pendingOf: (which: ChannelId) => (which === channel ? { wanted, toSend } : { wanted: 0, toSend: 0 }),
})

describe('a transfer', () => {
  it('goes from the most that was on its way to nothing, and begins anew after', () => {
    const transfers = new Transfers()
    const at = (wanted: number, toSend = 0) => transfers.progress(SPACE, [link(wanted, toSend)], [FIRST])
    expect(at(100)).toEqual({ received: 0, wanted: 100, sent: 0, toSend: 0 })
    expect(at(40)).toEqual({ received: 60, wanted: 40, sent: 0, toSend: 0 })
    expect(at(150, 10)).toEqual({ received: 0, wanted: 150, sent: 0, toSend: 10 })
    expect(at(3, 4)).toEqual({ received: 147, wanted: 3, sent: 6, toSend: 4 })
    expect(at(0)).toBeNull()
    expect(at(20)).toEqual({ received: 0, wanted: 20, sent: 0, toSend: 0 })
  })

  it('as small as a message is not shown', () => {
    expect(new Transfers().progress(SPACE, [link(2, 1)], [FIRST])).toBeNull()
  })

  it('over several relays counts the most, and over several channels the sum', () => {
    const links = [link(30, 0), link(50, 0), link(9, 0, SECOND)]
    expect(new Transfers().progress(SPACE, links, [FIRST, SECOND])?.wanted).toBe(50)
    const both = { pendingOf: () => ({ wanted: 20, toSend: 1 }) }
    expect(new Transfers().progress(SPACE, [both], [FIRST, SECOND])).toMatchObject({ wanted: 40, toSend: 2 })
  })
})
