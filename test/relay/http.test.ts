// What the relay says over plain HTTP: the built app with strict headers, /health, nothing of the disk besides; and the
// program around it. Rule CH-24 for /health.
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { channelKey, RelayClient } from '../support/relay-client.ts'
import { setup, temporaryFolder } from '../support/relay-fixture.ts'
import { relayProgram, type RelayProgram } from '../support/relay-program.ts'

interface Reply {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
}

/** Not fetch: that would tidy the path, and unpack the body. */
function get(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, method, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

const SCRIPT = 'export const answer = 42\n'.repeat(50)

/** A folder like a build's: index.html, a worker, a hashed asset with its compressed forms; beside it, a secret. */
function builtApp(): string {
  const folder = temporaryFolder()
  const app = join(folder, 'app')
  mkdirSync(join(app, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), 'of the disk')
  writeFileSync(join(app, 'index.html'), '<!doctype html><title>Telar</title>')
  writeFileSync(join(app, 'sw.js'), 'self.x = 1')
  writeFileSync(join(app, 'manifest.webmanifest'), '{}')
  const asset = join(app, 'assets', 'index-Ab12_Cd9.js')
  writeFileSync(asset, SCRIPT)
  writeFileSync(`${asset}.br`, brotliCompressSync(SCRIPT))
  writeFileSync(`${asset}.gz`, gzipSync(SCRIPT))
  symlinkSync(join(folder, 'secret.txt'), join(app, 'link.txt'))
  return app
}

test('the app is served with every protective header', async () => {
  const { relay } = await setup({ app: builtApp() })
  for (const path of ['/', '/index.html', '/sw.js', '/health', '/missing.js']) {
    const { headers } = await get(relay.port, path)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval'")
    expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'")
    expect(headers['cross-origin-opener-policy']).toBe('same-origin')
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['permissions-policy']).toContain('camera=(self)')
  }
})

test('hashed assets are kept for ever, index.html and the service worker asked for anew', async () => {
  const { relay } = await setup({ app: builtApp() })
  const control = async (path: string) => (await get(relay.port, path)).headers['cache-control']
  expect(await control('/assets/index-Ab12_Cd9.js')).toBe('public, max-age=31536000, immutable')
  expect(await control('/')).toBe('no-cache')
  expect(await control('/sw.js')).toBe('no-cache')
})

test('compressed forms are served to who accepts them', async () => {
  const { relay } = await setup({ app: builtApp() })
  const path = '/assets/index-Ab12_Cd9.js'
  const br = await get(relay.port, path, { 'Accept-Encoding': 'gzip, br' })
  expect(br.headers['content-encoding']).toBe('br')
  expect(br.body).toEqual(brotliCompressSync(SCRIPT))
  expect(br.headers['content-type']).toContain('text/javascript')
  const gzip = await get(relay.port, path, { 'Accept-Encoding': 'gzip, br;q=0' })
  expect(gzip.headers['content-encoding']).toBe('gzip')
  const plain = await get(relay.port, path)
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(plain.body.toString()).toBe(SCRIPT)
  expect((await get(relay.port, path, {}, 'HEAD')).body).toHaveLength(0)
})

test("the app's own addresses give index.html, missing files 404, other methods 405", async () => {
  const { relay } = await setup({ app: builtApp() })
  expect((await get(relay.port, '/spaces/abc?x=1')).body.toString()).toContain('Telar')
  expect((await get(relay.port, '/assets/gone-12345678.js')).status).toBe(404)
  expect((await get(relay.port, '/', {}, 'POST')).status).toBe(405)
  expect((await get(relay.port, '/sync')).body.toString()).toContain('Telar')
})

test.each([
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/..%5csecret.txt',
  '//secret.txt',
  '/link.txt',
  '/%00',
  '/%zz',
  '/assets/index-Ab12_Cd9.js/../../../secret.txt',
  '/__proto__.js',
])('no path leads out of the app: %s', async (path) => {
  const { relay } = await setup({ app: builtApp() })
  const { status, body } = await get(relay.port, path)
  expect([400, 404]).toContain(status)
  expect(body.toString()).not.toContain('of the disk')
})

test('CH-24 /health tells whether it works and nothing of anybody', async () => {
  const { relay, member } = await setup()
  await member(channelKey())
  const { status, body } = await get(relay.port, '/health')
  expect(status).toBe(200)
  expect(JSON.parse(body.toString())).toEqual({ ok: true, store: 'ok', uptime: expect.any(Number) as number })
})

test('a relay alone says what it is', async () => {
  const { relay } = await setup()
  expect((await get(relay.port, '/')).body.toString()).toContain('Telar relay')
  expect((await get(relay.port, '/index.html')).status).toBe(404)
})

let program: RelayProgram
beforeAll(async () => {
  program = await relayProgram('http')
})
afterAll(() => program.remove())

test('the program says where it listens, takes its options from flags and environment, and stops on a signal', async () => {
  const folder = temporaryFolder()
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, 'una palabra larga\n')
  const relay = await program.start(['--data', join(folder, 'data'), '--token-file', tokenFile, '--app', builtApp()], {
    PORT: '0',
    TELAR_ORIGIN: 'relay.example:443, second.example:444',
  })
  expect(relay.output()).toContain(`The relay listens at ${relay.address}`)
  expect(relay.output()).toContain('Creating a channel needs the token.')
  expect(relay.output() + relay.errors()).not.toContain('una palabra larga')
  const ana = await RelayClient.connect(relay.address)
  expect(await ana.open(channelKey())).toMatchObject({ code: 'token-required' })
  const options = { token: 'una palabra larga', origin: 'second.example:444' }
  expect(await ana.open(channelKey(), options)).toMatchObject({ t: 'opened' })
  relay.child.kill('SIGINT')
  expect(await relay.ended).toBe(0)
})

test('the program explains itself, and what is wrong, in plain words', async () => {
  const help = await program.start(['--help'])
  expect(help.output()).toContain('--token-file')
  const taken = await setup()
  const port = String(taken.relay.port)
  for (const [args, words] of [
    [['--port', 'x'], 'whole number'],
    [['--origin', 'https://x'], 'host:port'],
    [['--port', port, '--data', temporaryFolder()], 'EADDRINUSE'],
    [['--app', temporaryFolder(), '--data', temporaryFolder()], 'no built app'],
    [['--token-file', '/nowhere'], 'ENOENT'],
  ] as const) {
    const relay = await program.start(args)
    expect(await relay.ended).toBe(1)
    expect(relay.errors()).toContain(words)
  }
})

/** How many of this process's open files are `file`. */
const openings = (file: string) =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file
    } catch {
      return false
    }
  }).length

test.runIf(process.platform === 'linux')('a download that is broken off leaves no file open', async () => {
  const app = builtApp()
  const file = join(app, 'assets', 'large-Ab12_Cd9.wasm')
  writeFileSync(file, Buffer.alloc(8 * 1024 * 1024))
  const { relay } = await setup({ app })
  for (let i = 0; i < 5; i++) {
    await new Promise<void>((resolve) => {
      const options = { host: '127.0.0.1', port: relay.port, path: '/assets/large-Ab12_Cd9.wasm', agent: false }
      const sent = request(options, (response) => {
        response.once('data', () => response.destroy())
        response.on('close', resolve)
      })
      sent.on('error', () => undefined)
      sent.end()
    })
  }
  await vi.waitFor(() => expect(openings(file)).toBe(0))
})
