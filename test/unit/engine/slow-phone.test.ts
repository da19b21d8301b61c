// A slow phone that times out where a laptop does not: it holds back one entry, for itself, and says so; everything else goes on, and
// the entry comes in when it is tried again. Rules IN-14 to IN-16, in whole engines.
import { next as A } from '@automerge/automerge/slim'
import { expect, test } from 'vitest'
import { viewOf } from '../../../src/engine/view.ts'
import { circle, documentId, numberIn, together } from '../../support/circle.ts'
import { ScriptedScratch } from '../../support/scripted-scratch.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

test(
  'IN-16: a slow phone holds back one entry, goes on with all else, and takes it in at another start',
  { timeout: 120_000 },
  async () => {
    const clock = new ShiftedClock()
    const { people } = await circle(['Ceiba', 'Copal'], clock)
    const [ceiba, copal] = people as [(typeof people)[number], (typeof people)[number]]
    const [large, small] = [documentId(1), documentId(2)]
    for (const id of [large, small]) await ceiba.space.documents.create(id, [(doc) => void (doc['n'] = 1)])
    await together(ceiba, copal)
    expect([await numberIn(copal, large), await numberIn(copal, small)]).toEqual([1, 1])

    const scratch = new ScriptedScratch()
    copal.world.scratch = scratch
    await copal.reopen()
    await copal.space.documents.open(large)
    await copal.space.documents.open(small)
    scratch.does = (request) =>
      request !== 'start' && request.document === large && request.entries.length > 0 ? 'hang' : 'answer'
    await ceiba.space.documents.edit(large, (doc) => void (doc['n'] = 2))
    await together(ceiba).then(() => copal.until(() => scratch.asked.length > 0))
    // Its limit passes, in parts.
    await copal.until(() => {
      clock.forward(5_000)
      return copal.space.documents.isHeldBack(large)
    })
    await ceiba.space.documents.edit(small, (doc) => void (doc['n'] = 3))
    await together(ceiba, copal)
    await copal.until(() => copal.space.documents.peek(small)?.['n'] === 3)
    expect(await numberIn(copal, large)).toBe(1)
    const [entry] = copal.space.log.contentOf(large).slice(-1)
    // For everybody else, and in the log, it is as good as any.
    expect(entry?.state).toBe('accepted')
    expect(await numberIn(ceiba, large)).toBe(2)
    expect(viewOf(copal.workspace).spaces[0]?.unsent).toBe(0)

    clock.forward(60_000)
    copal.world.scratch = new ScriptedScratch()
    await copal.reopen()
    expect(await numberIn(copal, large)).toBe(2)
    expect(copal.space.documents.isHeldBack(large)).toBe(false)
    expect(A.getHeads(await copal.space.documents.read(large))).toEqual(ceiba.space.documents.heads(large))
  },
)
