// Serves the built app, and nothing else of the disk: strict headers on every answer, the files found at start, compressed
// forms where the build made them. A path is looked up among known names, never joined to a folder.
import { createReadStream, readdirSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream'

const CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  // A space may have several relays, known only to its members: any secure WebSocket, and plain ones on this machine.
  "connect-src 'self' wss: ws://localhost:* ws://127.0.0.1:*",
  "worker-src 'self'",
  "manifest-src 'self'",
  "media-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html telar-url',
].join('; ')

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CSP,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Permissions-Policy':
    'camera=(self), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=(), browsing-topics=()',
  'X-Frame-Options': 'DENY',
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  webmanifest: 'application/manifest+json; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8',
}

const ENCODINGS = [
  { name: 'br', extension: '.br' },
  { name: 'gzip', extension: '.gz' },
] as const

export type ServeFile = (request: IncomingMessage, response: ServerResponse) => void

/** Serves the files that are in `folder` now. Throws when it has no index.html. */
export function staticFiles(folder: string): ServeFile {
  const files = filesIn(folder)
  if (!files.has('/index.html')) throw new Error(`there is no built app in ${folder} (index.html is missing)`)
  return (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(response, 405, 'Method not allowed')
    const path = pathOf(request.url ?? '/')
    if (path === null) return plain(response, 400, 'Bad request')
    const name = files.has(path) ? path : isPage(path) ? '/index.html' : null
    if (name === null) return plain(response, 404, 'Not found')
    send(request, response, name, files)
  }
}

export function plain(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
    .end(`${text}\n`)
}

/** Every file below `folder` as `/its/path`, links not followed; with its full name. */
function filesIn(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    entries.map((entry) => {
      const full = join(entry.parentPath, entry.name)
      return [`/${relative(folder, full).split(sep).join('/')}`, full]
    }),
  )
}

/** The decoded path of a request; null when it is malformed or climbs. */
function pathOf(url: string): string | null {
  try {
    const path = decodeURIComponent(url.split(/[?#]/, 1)[0] ?? '/')
    if (!path.startsWith('/') || path.includes('\0') || path.includes('\\') || path.split('/').includes('..'))
      return null
    return path
  } catch {
    return null
  }
}

/** Addresses without an extension belong to the app's own routing. */
const isPage = (path: string) => !(path.split('/').pop() ?? '').includes('.')

function send(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  files: ReadonlyMap<string, string>,
): void {
  const accepted = acceptedEncodings(request)
  const encoding = ENCODINGS.find((each) => accepted.has(each.name) && files.has(name + each.extension))
  const file = files.get(name + (encoding?.extension ?? ''))
  const size = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.size
  if (file === undefined || size === undefined) return plain(response, 404, 'Not found')
  response.setHeader('Content-Type', TYPES[name.split('.').pop() ?? ''] ?? 'application/octet-stream')
  response.setHeader('Cache-Control', isHashed(name) ? 'public, max-age=31536000, immutable' : 'no-cache')
  response.setHeader('Vary', 'Accept-Encoding')
  response.setHeader('Content-Length', size)
  if (encoding !== undefined) response.setHeader('Content-Encoding', encoding.name)
  response.writeHead(200)
  if (request.method === 'HEAD') return void response.end()
  // Ends the reading too when the visitor goes away: a file left open for each broken download would end the relay.
  pipeline(createReadStream(file), response, () => undefined)
}

/** The encodings a request accepts, those with q=0 left out. */
function acceptedEncodings(request: IncomingMessage): ReadonlySet<string> {
  const header = request.headers['accept-encoding']
  const offered = typeof header === 'string' ? header.split(',') : []
  const wanted = offered.map((each) => each.trim().toLowerCase()).filter((each) => !/;\s*q=0(\.0*)?$/.test(each))
  return new Set(wanted.map((each) => each.split(';', 1)[0] ?? ''))
}

/** The build writes a hash into the names of what never changes, below /assets/. */
const isHashed = (name: string) => /^\/assets\/.*[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(name)
