// Wake files between real engines: a device whose relay is gone, while its space moved to another (keys.md, KE-15).
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { Requests } from '../../../src/engine/requests.ts'
import { wakeRequests } from '../../../src/engine/requests-wake.ts'
import { circle, documentId, numberIn, relayHere, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'

const PLAN = documentId(1)
const put = (one: Insider, n: number) => one.space.documents.edit(PLAN, (doc) => void (doc['n'] = n))
const asks = (one: Insider) => wakeRequests(new Requests(one.keeper))

/** Copal is away while the keys change and the space moves; nobody goes to the old relay any more. */
async function moved() {
  const { people, url } = await circle(['Ceiba', 'Copal', 'Luz'])
  const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
  await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
  await together(ceiba, copal, luz)
  await copal.keeper.lock()
  const other = await relayHere()
  await ceiba.space.serial(async () => {
    unwrap(await ceiba.space.order({ op: 'set-relays', relays: [url, other.url] }))
    unwrap(await ceiba.space.order({ op: 'set-relays', relays: [other.url] }))
    unwrap(await ceiba.space.remove(luz.space.me))
    unwrap(await ceiba.space.order({ op: 'rotate-device', box: await ceiba.space.useNewBox() }))
  })
  await put(ceiba, 1)
  await together(ceiba)
  copal.world.offline = true
  await copal.reopen()
  return { ceiba, copal, luz, other }
}

describe('wake files', () => {
  test('KE-15: bring back a device that shares no channel and no relay with anybody; a restart loses nothing of it', async () => {
    const { ceiba, copal, other } = await moved()
    const { space, device } = { space: ceiba.space.id, device: copal.space.device }
    const { name, file } = unwrap(await asks(ceiba).wakeFile({ space, device }))
    expect(name).not.toContain('Red')
    expect(unwrap(await asks(copal).openWakeFile({ file }))).toEqual({ space })
    expect(copal.space.ring.inUse(copal.space.graph)).toBe(ceiba.space.ring.inUse(ceiba.space.graph))
    // Before any relay was seen.
    copal.world.offline = false
    await copal.reopen()
    expect(copal.space.relays).toEqual([other.url])
    await together(copal)
    expect(await numberIn(copal, PLAN)).toBe(1)
    await put(copal, 2)
    await together(copal, ceiba)
    expect(await numberIn(ceiba, PLAN)).toBe(2)
    // The entries hold it now.
    await copal.reopen()
    expect(await copal.workspace.store.get('woken', space)).toBeNull()
  })

  test('KE-15: another device, another file and a damaged one are told apart, and change nothing', async () => {
    const { ceiba, copal, luz } = await moved()
    const made = await asks(ceiba).wakeFile({ space: ceiba.space.id, device: copal.space.device })
    const { file } = unwrap(made)
    const wrong = (reason: string) => ({ ok: false, error: { type: 'BadFile', reason } })
    expect(await asks(ceiba).openWakeFile({ file })).toMatchObject(wrong('not-for-here'))
    expect(await asks(copal).openWakeFile({ file: new TextEncoder().encode('{}') })).toMatchObject(wrong('not-a-file'))
    const spoilt = file.slice()
    spoilt.set([(spoilt.at(-1) ?? 0) ^ 1], spoilt.length - 1)
    expect(await asks(copal).openWakeFile({ file: spoilt })).toMatchObject(wrong('damaged'))
    expect(copal.space.relays).not.toEqual(ceiba.space.relays)
    const gone = await asks(ceiba).wakeFile({ space: ceiba.space.id, device: luz.space.device })
    expect(gone).toMatchObject({ ok: false, error: { type: 'UnknownDevice' } })
  })
})
