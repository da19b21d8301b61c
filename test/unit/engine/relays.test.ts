// Relays one by one, of the space and of this device alone, and the story of a relay that is seized: a coordinator names another once,
// and every member reaches it, by a file, by a link, or because a second relay still answers.
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { bundleRequests } from '../../../src/engine/requests-bundles.ts'
import { relayRequests } from '../../../src/engine/requests-relays.ts'
import { Requests } from '../../../src/engine/requests.ts'
import { viewOf } from '../../../src/engine/view.ts'
import { circle, documentId, numberIn, person, relayHere, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'

const PLAN = documentId(1)
const put = (one: Insider, n: number) => one.space.documents.edit(PLAN, (doc) => void (doc['n'] = n))
const asks = (one: Insider) => relayRequests(new Requests(one.keeper))
const files = (one: Insider) => bundleRequests(new Requests(one.keeper))
const add = (one: Insider, address: string, everybody: boolean) =>
  asks(one).addRelay({ space: one.space.id, address, everybody })
const remove = (one: Insider, address: string) => asks(one).removeRelay({ space: one.space.id, address })
const shown = (one: Insider) =>
  viewOf(one.workspace).spaces[0]?.relays.map(({ address, own }) => `${address}${own ? ' own' : ''}`)

describe('relays one by one', () => {
  test('RE-1: for everybody by a coordinator; a token is renewed, the others stay', async () => {
    const { people, url } = await circle(['Ceiba', 'Copal'])
    const [ceiba, copal] = people as [Insider, Insider]
    const other = await relayHere()
    unwrap(await add(ceiba, `${other.url}#uno`, true))
    unwrap(await add(ceiba, `${other.url}#dos`, true))
    expect(ceiba.space.named).toEqual([url, `${other.url}#dos`])
    await together(ceiba, copal)
    await copal.until(() => copal.space.named.length === 2)
    expect(shown(copal)).toEqual([url, other.url])
    expect(await add(copal, 'https://relevo.example.org', true)).toMatchObject({ error: { type: 'NotAllowed' } })
    expect(await remove(copal, url)).toMatchObject({ error: { type: 'NotAllowed' } })
    unwrap(await remove(ceiba, url))
    expect(ceiba.space.relays).toEqual([`${other.url}#dos`])
    expect(await remove(ceiba, url)).toMatchObject({ error: { type: 'BadRelayAddress' } })
  })

  test('RE-1: when the last one is taken away there is none, whatever the invitation said', async () => {
    const { people, url } = await circle(['Ceiba', 'Copal'])
    const [ceiba, copal] = people as [Insider, Insider]
    unwrap(await remove(ceiba, url))
    expect(ceiba.space.relays).toEqual([])
    const { file } = unwrap(await files(ceiba).saveBundle({ space: ceiba.space.id, since: null }))
    unwrap(await files(copal).openBundle({ file }))
    expect(copal.space.relays).toEqual([])
    await copal.reopen()
    expect(copal.space.relays).toEqual([])
  })

  test('RE-1: who knows only the relay that is taken away hears of it there; then it is let go', async () => {
    const { people, url } = await circle(['Ceiba', 'Copal'])
    const [ceiba, copal] = people as [Insider, Insider]
    const other = await relayHere()
    await together(ceiba, copal)
    const named = unwrap(await ceiba.space.serial(() => ceiba.space.operate({ op: 'set-relays', relays: [other.url] })))
    expect(named).toBeDefined()
    expect(ceiba.space.relays).toEqual([other.url])
    await copal.until(() => copal.space.relays.includes(other.url))
    for (const one of [ceiba, copal]) await one.until(() => one.workspace.connections.link(url) === null)
    await put(ceiba, 1).catch(() => undefined)
    unwrap(await remove(ceiba, other.url))
    await copal.until(() => copal.space.relays.length === 0)
  })

  test('RE-2: for this device alone: kept sealed, used beside those of the space, gone once the space names it', async () => {
    const { people, url } = await circle(['Ceiba', 'Copal'])
    const [ceiba, copal] = people as [Insider, Insider]
    const other = await relayHere()
    expect(await add(copal, 'ftp://relevo', false)).toMatchObject({ error: { type: 'BadRelayAddress' } })
    unwrap(await add(copal, `${other.url}#mine`, false))
    expect(shown(copal)).toEqual([url, `${other.url} own`])
    expect(copal.workspace.connections.link(other.url)).not.toBeNull()
    await copal.reopen()
    expect(shown(copal)).toEqual([url, `${other.url} own`])
    // What is written reaches the other relay, too: one relay gone, the work is on the other.
    await together(copal)
    expect(viewOf(copal.workspace).spaces[0]?.onRelays).toEqual({ have: 2, of: 2 })
    unwrap(await add(ceiba, other.url, true))
    await together(ceiba, copal)
    await copal.until(() => copal.space.named.length === 2)
    expect(shown(copal)).toEqual([url, other.url])
    unwrap(await remove(ceiba, other.url))
    await copal.until(() => copal.space.named.length === 1)
    expect(shown(copal)).toEqual([url, `${other.url} own`])
    unwrap(await remove(copal, other.url))
    expect(shown(copal)).toEqual([url])
    expect(copal.workspace.connections.link(other.url)).toBeNull()
  })

  test('RE-2: at most eight of its own; what storage refuses has not happened', async () => {
    const copal = await person('Copal')
    await copal.workspace.found('Red', [])
    copal.world.offline = true
    copal.world.refuseWrites = 1
    expect(await add(copal, 'https://r0.example.org', false)).toMatchObject({ error: { type: 'StorageFailed' } })
    expect(shown(copal)).toEqual([])
    for (let n = 0; n < 8; n++) unwrap(await add(copal, `https://r${String(n)}.example.org`, false))
    unwrap(await add(copal, 'https://r3.example.org#token', false))
    expect(await add(copal, 'https://r9.example.org', false)).toMatchObject({ error: { type: 'TooLarge' } })
  })

  test('RE-3: a link is of no use to who is not of the space', async () => {
    const { people, url } = await circle(['Ceiba', 'Copal'])
    const [ceiba, copal] = people as [Insider, Insider]
    const espiga = await person('Espiga')
    await espiga.workspace.found('Otra', [])
    const app = 'https://app.example.org/'
    const { link } = unwrap(await asks(ceiba).relayLink({ space: ceiba.space.id, address: url, app }))
    expect(await asks(espiga).takeRelayLink({ link })).toMatchObject({
      error: { type: 'BadCode', reason: 'not-for-here' },
    })
    expect(await asks(espiga).takeRelayLink({ link: app })).toMatchObject({
      error: { type: 'BadCode', reason: 'not-a-code' },
    })
    const newer = link.replace('telarrelay1', 'telarrelay9')
    expect(await asks(copal).takeRelayLink({ link: newer })).toMatchObject({ error: { reason: 'newer-version' } })
    // The space names it already: nothing changes.
    const address = url
    expect(unwrap(await asks(copal).takeRelayLink({ link }))).toEqual({ spaces: [ceiba.space.id], address })
    expect(shown(copal)).toEqual([url])
    expect(await asks(ceiba).relayLink({ space: ceiba.space.id, address: 'https://x.example.org', app })).toMatchObject(
      { error: { type: 'BadRelayAddress' } },
    )
  })
})

describe('a relay is seized', () => {
  test('RE-4: a coordinator names another once; members reach it by a file, by a link, by another relay', async () => {
    const { people, relay, url } = await circle(['Ceiba', 'Copal', 'Luz', 'Mirto'])
    const [ceiba, copal, luz, mirto] = people as [Insider, Insider, Insider, Insider]
    await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
    await together(...people)
    // Ceiba and Mirto have met at another relay before: it was never the space's.
    const second = await relayHere()
    for (const one of [ceiba, mirto]) unwrap(await add(one, second.url, false))
    await relay.close()
    await put(ceiba, 1)
    const fresh = await relayHere()
    unwrap(await add(ceiba, fresh.url, true))
    unwrap(await remove(ceiba, url))
    await together(ceiba)

    // By the operation itself, through the relay that still answers.
    await together(mirto)
    await mirto.until(() => mirto.space.named.join() === fresh.url)

    // By a file.
    expect(copal.space.named).toEqual([url])
    const { file } = unwrap(await files(ceiba).saveBundle({ space: ceiba.space.id, since: null }))
    unwrap(await files(copal).openBundle({ file }))
    expect(copal.space.named).toEqual([fresh.url])

    // By a link: first for her device alone, and there she finds that the space names it.
    const { link } = unwrap(await asks(ceiba).relayLink({ space: ceiba.space.id, address: fresh.url, app: '' }))
    unwrap(await asks(luz).takeRelayLink({ link }))
    expect(shown(luz)).toEqual([url, `${fresh.url} own`])
    await luz.until(() => luz.space.named.join() === fresh.url)
    expect(shown(luz)).toEqual([fresh.url])

    await put(luz, 2)
    await together(luz)
    await together(ceiba, copal, mirto)
    for (const one of [ceiba, copal, mirto])
      await one.until(() => one.space.log.ids().length === luz.space.log.ids().length)
    for (const one of people) expect(await numberIn(one, PLAN)).toBe(2)
  })
})
