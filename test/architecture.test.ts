// Holds the import table: who may import whom, in src and sync-server. Reads the sources themselves, so that no folder,
// file or import escapes it by being new. Also holds: no cycles, one importer of each dangerous library, a header on every
// file, and nothing that ties the project to one machine.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The folders each folder may import, besides itself and what all may (`ANYONE`). A path with a file name allows that file
 * only. A folder that is not here may import nothing.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'src/base': [],
  'src/wire': [],
  'src/crypto': [],
  'src/identity': ['src/crypto'],
  'src/membership': ['src/identity', 'src/crypto'],
  'src/keys': ['src/membership', 'src/identity', 'src/crypto'],
  'src/log': ['src/keys', 'src/membership', 'src/identity', 'src/crypto'],
  'src/ingest': ['src/log'],
  'src/sync': ['src/log', 'src/wire'],
  'src/carriers': ['src/sync/carrier.ts', 'src/wire'],
  // The interfaces it implements lie with whoever needs them.
  'src/storage': ['src/log', 'src/keys', 'src/identity', 'src/crypto', 'src/engine/stores.ts'],
  'src/documents': [],
  'src/engine': [
    'src/wire',
    'src/crypto',
    'src/identity',
    'src/membership',
    'src/keys',
    'src/log',
    'src/ingest',
    'src/sync',
    'src/carriers',
    'src/storage',
    'src/documents',
  ],
  'src/cli': ['src/engine', 'src/documents', 'src/bundle.mjs'],
  'src/ui': ['src/engine/api.ts', 'src/documents'],
  // Files of src itself: the page's entry point and its helpers.
  src: ['src/ui', 'src/engine', 'src/storage', 'src/documents'],
  'sync-server': ['src/wire', 'src/bundle.mjs'],
}
const ANYONE = ['src/base', 'src/trusted-url.ts']

/** Packages that only some may import; a path ends in `/` for a folder, or names one file. */
const RESERVED: readonly { readonly what: RegExp; readonly by: readonly string[] }[] = [
  { what: /^(tweetnacl|hash-wasm)(\/|$)/, by: ['src/crypto/'] },
  {
    what: /^@automerge\//,
    by: [
      'src/documents/',
      'src/ingest/',
      'src/storage/',
      'src/engine/',
      'src/carriers/',
      'src/cli/',
      'src/ui/state/',
      'src/main.ts',
      // The hardened server adapter transports our own messages; no Repo on that side.
      'sync-server/',
    ],
  },
  { what: /^better-sqlite3$/, by: ['sync-server/', 'src/storage/sqlite.ts'] },
  { what: /^ws$/, by: ['sync-server/', 'src/cli/', 'src/engine/', 'src/carriers/'] },
  { what: /^svelte(\/|$)/, by: ['src/ui/', 'src/main.ts'] },
]

interface Source {
  /** Relative to the project, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

/** The scripts of a component, or the whole text of a module. */
function code(path: string, text: string): string {
  if (!path.endsWith('.svelte')) return text
  return [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? '').join('\n')
}

function sourcesBelow(folder: string): Source[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|mjs|svelte)$/.test(entry.name))
    .map((entry) => {
      const path = relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')
      const text = readFileSync(join(root, path), 'utf8')
      const imports = ts.preProcessFile(code(path, text), true, true).importedFiles.map((file) => file.fileName)
      return { path, text, imports }
    })
}

const sources = ['src', 'sync-server'].flatMap(sourcesBelow)

/** The project's own file that `specifier` names; null for a package. Queries (`?worker&url`) are dropped. */
function target(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null
  return relative(root, join(root, dirname(from), specifier.replace(/\?.*$/, ''))).replaceAll('\\', '/')
}

function folderOf(path: string): string {
  const parts = path.split('/')
  return parts[0] === 'src' && parts.length > 2 ? `src/${parts[1] ?? ''}` : (parts[0] ?? '')
}

const within = (path: string, place: string) =>
  path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`)

function allowed(from: string, to: string): boolean {
  const folder = folderOf(from)
  if (folder === folderOf(to)) return true
  return [...ANYONE, ...(MAY_IMPORT[folder] ?? [])].some((place) => within(to, place))
}

/** Imports that vanish when compiled still count: the table is about who knows whom. */
const edges = sources.flatMap(({ path, imports }) =>
  imports.flatMap((specifier) => {
    const to = target(path, specifier)
    return to === null ? [] : [{ from: path, to }]
  }),
)

/** Files on some cycle, each with the way round. */
function cycles(): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, way: readonly string[]) => {
    const at = way.indexOf(path)
    if (at >= 0) found.push([...way.slice(at), path].join(' -> '))
    if (at >= 0 || done.has(path)) return
    for (const to of next.get(path) ?? []) visit(to, [...way, path])
    done.add(path)
  }
  for (const path of next.keys()) visit(path, [])
  return found
}

function tracked(): string[] {
  try {
    return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\0')
      .filter((path) => path !== '' && existsSync(join(root, path)))
  } catch {
    return sources.map(({ path }) => path)
  }
}

describe('the house', () => {
  test('the sources were found', () => {
    expect(sources.map(({ path }) => path)).toContain('src/base/bytes.ts')
    expect(edges.length).toBeGreaterThan(5)
  })

  test('every import is in the table', () => {
    expect(edges.filter(({ from, to }) => !allowed(from, to)).map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  test('every imported file exists', () => {
    const known = (path: string) => existsSync(join(root, path))
    expect(edges.filter(({ to }) => !known(to)).map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  test('nothing imports the tests', () => {
    expect(edges.filter(({ to }) => within(to, 'test'))).toEqual([])
  })

  test('no file reaches itself again', () => {
    expect(cycles()).toEqual([])
  })

  test('reserved packages stay with their keepers', () => {
    const strays = sources.flatMap(({ path, imports }) =>
      imports.flatMap((name) =>
        RESERVED.filter(({ what, by }) => what.test(name) && !by.some((place) => within(path, place))).map(
          () => `${path} -> ${name}`,
        ),
      ),
    )
    expect(strays).toEqual([])
  })

  test('WebCrypto is used in src/crypto only (the relay checks signatures by itself)', () => {
    const uses = /\bcrypto\s*\.\s*subtle\b|\bwebcrypto\b/
    const strays = sources.filter(({ path, text }) => uses.test(text) && !/^(?:src\/crypto|sync-server)\//.test(path))
    expect(strays.map(({ path }) => path)).toEqual([])
  })

  test('every file says first what it owns', () => {
    const header = /^(?:#![^\n]*\n)?\s*(?:\/\/|\/\*|<!--)/
    const bare = sources.filter(({ path, text }) => {
      if (path.endsWith('.svelte')) return !header.test(text) && !/^\s*<script[^>]*>\s*(?:\/\/|\/\*)/.test(text)
      return !header.test(text)
    })
    expect(bare.map(({ path }) => path)).toEqual([])
  })

  test('no file is tied to the machine it was written on', () => {
    // Spelled in parts, so that this file does not name them itself.
    const ties = new RegExp(
      [
        '/wo' + 'rk/',
        String.raw`\.\./sha` + 'red/(?:design|samples|stack)',
        String.raw`regis` + String.raw`try\.(?:npm|yarn)`,
      ].join('|'),
    )
    const texts = tracked().filter((path) => !/\.(?:png|ico|wasm|docx|woff2?|ttf|gz|br|pdf|bin)$/.test(path))
    expect(texts.filter((path) => ties.test(readFileSync(join(root, path), 'utf8')))).toEqual([])
  })
})

describe('the table itself', () => {
  test.each([
    ['src/ui/views/home.svelte', 'src/engine/api.ts', true],
    ['src/ui/views/home.svelte', 'src/engine/worker.ts', false],
    ['src/ui/views/home.svelte', 'src/crypto/seal.ts', false],
    ['src/wire/messages.ts', 'src/base/bytes.ts', true],
    ['src/base/bytes.ts', 'src/wire/limits.ts', false],
    ['src/carriers/relay.ts', 'src/sync/carrier.ts', true],
    ['src/carriers/relay.ts', 'src/sync/session.ts', false],
    ['sync-server/relay.ts', 'src/log/entry.ts', false],
    ['src/unheard-of/a.ts', 'src/crypto/seal.ts', false],
  ])('%s -> %s: %s', (from, to, expected) => {
    expect(allowed(from, to)).toBe(expected)
  })
})
