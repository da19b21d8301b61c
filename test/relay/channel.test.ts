// What a channel does for two people: greeting, opening, putting, passing on, coming back. Rules CH-1 to CH-9, CH-15 to CH-22.
import { expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { channelKey, entry, hexes, sha } from '../support/relay-client.ts'
import { setup } from '../support/relay-fixture.ts'

test('CH-2 the relay greets first, with a nonce fresh for each connection', async () => {
  const { client } = await setup()
  const [ana, berta] = [await client(), await client()]
  expect(ana.received[0]?.t).toBe('hello')
  expect(toHex(ana.helloNonce)).not.toBe(toHex(berta.helloNonce))
})

test('CH-15 CH-16 what one puts is acknowledged to her and passed to the other, never back', async () => {
  const { member } = await setup()
  const key = channelKey()
  const [ana, berta] = [await member(key), await member(key)]
  const entries = [entry(), entry(900)]
  const [ack] = await ana.put(key, entries)
  expect(ack).toMatchObject({ t: 'ack', n: 2 })
  expect(hexes(ack?.ids ?? [])).toEqual(hexes(entries.map(sha)))
  const put = await berta.next('put')
  expect(put.n).toBe(2)
  expect(hexes(put.entries)).toEqual(hexes(entries))
  await ana.settled()
  expect(ana.all('put')).toEqual([])
})
