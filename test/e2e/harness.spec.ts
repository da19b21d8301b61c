// The tools of these tests, tested: a search that cannot find what was planted would make every other test here worthless.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { filesOf, search, Secrets } from '../support/e2e-search.ts'
import { heard, type Recorded, RecordingProxy } from '../support/e2e-wire.ts'

const WORD = 'Jacaranda florida'

function secrets(): Secrets {
  const secrets = new Secrets()
  secrets.text(WORD)
  return secrets
}

const noise = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 131 + (i >> 3) * 17) & 0xff))
const within = (bytes: Buffer) => [{ where: 'here', bytes: Buffer.concat([noise(1001), bytes, noise(77)]) }]

const forms: Record<string, Buffer> = {
  utf8: Buffer.from(WORD),
  'lower case': Buffer.from(WORD.toLowerCase()),
  utf16le: Buffer.from(WORD, 'utf16le'),
  utf16be: Buffer.from(WORD, 'utf16le').swap16(),
  hex: Buffer.from(Buffer.from(WORD).toString('hex')),
  HEX: Buffer.from(Buffer.from(WORD).toString('hex').toUpperCase()),
  'base64 at 0': Buffer.from(Buffer.from(WORD).toString('base64')),
  'base64 at 1': Buffer.from(Buffer.from(`¿${WORD}?`).toString('base64')),
  'base64 at 2': Buffer.from(Buffer.from(`x${WORD}?`).toString('base64')),
  'one of its words': Buffer.from('florida'),
}

for (const [form, bytes] of Object.entries(forms)) {
  test(`a planted word is found: ${form}`, () => {
    expect(search(secrets(), within(bytes)).length).toBeGreaterThan(0)
  })
}

test('nothing is found where nothing was planted', () => {
  expect(search(secrets(), within(Buffer.from('something else')))).toEqual([])
})

test('an id is found by its bytes and by each way of writing it', () => {
  const id = noise(32)
  const secrets = new Secrets()
  secrets.id('a space', id.toString('base64url'))
  for (const form of [id, Buffer.from(id.toString('hex')), Buffer.from(`"${id.toString('base64')}"`)])
    expect(search(secrets, [{ where: 'here', bytes: Buffer.concat([Buffer.from('abc'), form]) }])).not.toEqual([])
})

test('a word planted in a file of a folder is found, and in a name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'telar-e2e-search-'))
  writeFileSync(join(folder, 'entries.db'), Buffer.concat([noise(5000), Buffer.from(WORD)]))
  writeFileSync(join(folder, 'florida.txt'), '')
  expect(search(secrets(), filesOf(folder)).map(({ where }) => where)).toEqual(
    expect.arrayContaining([expect.stringContaining('entries.db'), expect.stringContaining('name of')]),
  )
  rmSync(folder, { recursive: true })
})

/** A client's frame, masked as the standard asks. */
function masked(payload: Buffer): Buffer {
  const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d])
  const length = Buffer.from([payload.length < 126 ? 0x80 | payload.length : 0xfe, 0, 0])
  length.writeUInt16BE(payload.length, 1)
  const head = payload.length < 126 ? length.subarray(0, 1) : length
  return Buffer.concat([Buffer.from([0x82]), head, mask, payload.map((byte, i) => byte ^ mask[i % 4]!)])
}

const UPGRADE = 'GET /sync HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n'

for (const length of [20, 300]) {
  test(`a word in a masked frame of about ${length} bytes is found`, () => {
    const payload = Buffer.concat([noise(length), Buffer.from(WORD)])
    const up = [Buffer.from(UPGRADE), masked(noise(200)), masked(payload)]
    const recorded: Recorded = { up, down: [Buffer.from('HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n')] }
    expect(Buffer.concat(up).includes(WORD)).toBe(false)
    const folder = mkdtempSync(join(tmpdir(), 'telar-e2e-app-'))
    const places = search(secrets(), heard([recorded], folder)).map(({ where }) => where)
    expect(new Set(places)).toEqual(new Set(['connection 0 to the relay, frames']))
    rmSync(folder, { recursive: true })
  })
}

test('only files of the app are passed over, not answers that look like them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'telar-e2e-app-'))
  const file = `const words = "${WORD}"`
  writeFileSync(join(folder, 'app.js'), file)
  const answer = (body: string) => Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  const recorded = (...bodies: string[]): Recorded => ({ up: [], down: bodies.map(answer) })
  expect(search(secrets(), heard([recorded(file)], folder))).toEqual([])
  expect(search(secrets(), heard([recorded(file, `${file};`)], folder))).not.toEqual([])
  rmSync(folder, { recursive: true })
})

test('the proxy keeps both directions, and ends what is open when it is cut', async () => {
  const echo = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => socket.write(Buffer.concat([Buffer.from('back: '), bytes])))
  })
  await new Promise<void>((done) => echo.listen(0, '127.0.0.1', done))
  const proxy = new RecordingProxy()
  await proxy.listen()
  proxy.target((echo.address() as AddressInfo).port)
  const socket = connect(proxy.port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  const answered = new Promise((done) => socket.once('data', done))
  socket.write(WORD)
  await answered
  const closed = new Promise((done) => socket.once('close', done))
  proxy.cut()
  await closed
  const recorded = proxy.connections[0]!
  expect(Buffer.concat(recorded.up).toString()).toBe(WORD)
  expect(Buffer.concat(recorded.down).toString()).toBe(`back: ${WORD}`)
  await proxy.close()
  await new Promise((done) => echo.close(done))
})
