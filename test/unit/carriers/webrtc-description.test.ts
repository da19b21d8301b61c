// Descriptions of WebRTC connections: what browsers write is read, what is read is small, and what is hostile is nothing.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encode } from '../../../src/base/codec.ts'
import {
  type Description,
  MAX_CANDIDATES,
  packDescription,
  readSdp,
  unpackDescription,
  writeSdp,
} from '../../../src/carriers/webrtc-description.ts'
import { crypto } from '../../support/peer-pair.ts'
import { readNearCode, nearCodes } from '../../../src/engine/near-codes.ts'

const PEER = '0123456789abcdef'.repeat(2)
const PRINT = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0').toUpperCase()).join(':')

const CHROMIUM = `v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=application 51472 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 192.168.2.14
a=candidate:1 1 udp 2113937151 9b36eaac-bb2e-49bb-bb78-21c41c499900.local 51472 typ host generation 0 network-cost 999
a=candidate:2 1 udp 2113939711 fd12:db8::1:2 51473 typ host generation 0
a=candidate:3 1 tcp 1518214911 192.168.2.14 9 typ host tcptype active
a=candidate:4 1 udp 1677729535 203.0.113.9 61000 typ srflx raddr 192.168.2.14 rport 51472
a=ice-ufrag:Hk3r
a=ice-pwd:Yx7nAbCdEfGhIjKlMnOpQrSt
a=ice-options:trickle
a=fingerprint:sha-256 ${PRINT}
a=setup:actpass
a=mid:0
a=sctp-port:5000
a=max-message-size:262144
`
const FIREFOX = `v=0
o=mozilla...THIS_IS_SDPARTA-99.0 1 0 IN IP4 0.0.0.0
s=-
t=0 0
a=fingerprint:sha-256 ${PRINT}
a=group:BUNDLE 0
a=ice-options:trickle
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=candidate:0 1 UDP 2122252543 192.168.2.20 40001 typ host
a=sendrecv
a=end-of-candidates
a=ice-pwd:0123456789abcdef0123456789abcdef
a=ice-ufrag:deadbeef
a=mid:0
a=setup:passive
a=sctp-port:5000
`
const lines = (text: string) => text.replaceAll('\n', '\r\n')

const sample: Description = {
  kind: 'offer',
  peer: PEER,
  ufrag: 'Hk3r',
  pwd: 'Yx7nAbCdEfGhIjKlMnOpQrSt',
  fingerprint: Uint8Array.from({ length: 32 }, (_, i) => i),
  passive: false,
  candidates: [
    ['fd12:db8::1:2', 51_473],
    ['9b36eaac-bb2e-49bb-bb78-21c41c499900.local', 51_472],
  ],
}

describe('CH-35 descriptions', () => {
  test('of Chromium and Firefox are read: addresses of the own network over UDP, the best first, no others', () => {
    expect(readSdp('offer', PEER, lines(CHROMIUM))).toEqual(sample)
    expect(readSdp('answer', PEER, lines(FIREFOX))).toMatchObject({
      kind: 'answer',
      ufrag: 'deadbeef',
      passive: true,
      candidates: [['192.168.2.20', 40_001]],
    })
    expect(readSdp('offer', PEER, 'v=0\r\n')).toBeNull()
  })

  test('packed, unpacked and written again they say the same', () => {
    for (const description of [sample, { ...sample, kind: 'answer' as const, passive: true, candidates: [] }]) {
      expect(unpackDescription(packDescription(description))).toEqual(description)
      expect(readSdp(description.kind, PEER, writeSdp(description))).toEqual(description)
    }
  })

  test('fit one code that a cheap camera reads, and a whisper, with as many addresses as are taken', () => {
    const addresses = Array.from(
      { length: 20 },
      (_, i) =>
        `a=candidate:${String(i)} 1 udp ${String(1000 - i)} fd12:db8:1111:2222:3333:4444:5555:${String(1000 + i)} 51472 typ host`,
    )
    const read = readSdp('offer', PEER, lines(`${CHROMIUM}${addresses.join('\n')}\n`))
    expect(read?.candidates).toHaveLength(MAX_CANDIDATES)
    expect(packDescription(read ?? sample).length).toBeLessThan(700)
    expect(nearCodes(crypto, sample).text.length).toBeLessThan(400)
  })

  test('hostile bytes and text are nothing, and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 300 }), (bytes, text) => {
        expect(unpackDescription(bytes)).toBeNull()
        expect(readNearCode(crypto, text).ok).toBe(false)
        readSdp('offer', PEER, text)
      }),
    )
    const good = [1, 'offer', new Uint8Array(16), 'Hk3r', 'Yx7nAbCdEfGhIjKlMnOpQrSt', new Uint8Array(32), false, []]
    expect(unpackDescription(encode(good))).not.toBeNull()
    const wrong = (at: number, value: unknown) => encode(good.map((part, i) => (i === at ? value : part)) as never)
    const injected = '192.168.2.1\r\na=candidate:9 1 udp 1 203.0.113.9 9 typ host'
    const changes: readonly (readonly [number, unknown])[] = [
      [0, 2],
      [1, 'pranswer'],
      [2, new Uint8Array(15)],
      [3, 'Hk3r\r\na=x'],
      [4, 'Yx7nAbCdEfGhIjKlMnOpQrSt\r\n'],
      [5, new Uint8Array(31)],
      [6, 1],
      [7, [[injected, 9]]],
      [7, [['192.168.2.256', 9]]],
      [7, [['relevo.example', 9]]],
      [7, [['192.168.2.1', 0]]],
      [7, [['192.168.2.1', 65_536]]],
      [7, Array.from({ length: 9 }, () => ['192.168.2.1', 9])],
    ]
    for (const [at, value] of changes) expect(unpackDescription(wrong(at, value))).toBeNull()
  })

  test('name the local network only: an address of the internet is neither told nor tried', () => {
    const good = [
      1,
      'offer',
      new Uint8Array(16),
      'Hk3r',
      'Yx7nAbCdEfGhIjKlMnOpQrSt',
      new Uint8Array(32),
      false,
    ] as const
    const isTaken = (address: string) => unpackDescription(encode([...good, [[address, 9]]])) !== null
    const local = ['10.1.2.3', '172.16.0.9', '172.31.255.1', '192.168.43.1', '169.254.7.7', 'fe80::1', 'fd00:1::2']
    const far = [
      '203.0.113.9',
      '11.0.0.1',
      '172.15.0.1',
      '172.32.0.1',
      '192.169.0.1',
      '100.64.0.1',
      '127.0.0.1',
      '0.0.0.0',
    ]
    const far6 = ['2001:db8::9', '::1', '::ffff:cb00:7109', '64:ff9b::cb00:7109', 'ff02::1']
    expect(local.filter((address) => !isTaken(address))).toEqual([])
    expect([...far, ...far6].filter(isTaken)).toEqual([])
    const sdp = `${CHROMIUM}a=candidate:7 1 udp 2122260223 203.0.113.9 50000 typ host\na=candidate:8 1 udp 2122260222 2001:db8::7 50000 typ host\n`
    expect(readSdp('offer', PEER, lines(sdp))?.candidates).toEqual(sample.candidates)
  })
})
