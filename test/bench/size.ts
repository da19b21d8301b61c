// What the first visit downloads, by what waits for it: the shell before the first paint, the engine, Automerge's
// WebAssembly, what documents need when one is opened. Reads the built app; owns the grouping only.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { appFolder, buildApp } from './app.ts'
import { bytes, type Findings, ratio } from './report.ts'

interface Weight {
  readonly raw: number
  readonly gzip: number
  readonly brotli: number
}

const size = (path: string): number => statSync(path).size

function weigh(path: string): Weight {
  const file = join(appFolder, path)
  const raw = size(file)
  const or = (packed: string) => (existsSync(packed) ? size(packed) : raw)
  return { raw, gzip: or(`${file}.gz`), brotli: or(`${file}.br`) }
}

const sum = (paths: readonly string[]): Weight =>
  paths.map(weigh).reduce((a, b) => ({ raw: a.raw + b.raw, gzip: a.gzip + b.gzip, brotli: a.brotli + b.brotli }), {
    raw: 0,
    gzip: 0,
    brotli: 0,
  })

export async function sizes(report: Findings): Promise<void> {
  buildApp()
  const all = readdirSync(appFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(?:br|gz)$/.test(entry.name) && entry.name !== 'build.json')
    .map((entry) => join(entry.parentPath, entry.name).slice(appFolder.length + 1))
  const page = readFileSync(join(appFolder, 'index.html'), 'utf8')
  const shell = ['index.html', ...all.filter((path) => page.includes(`"/${path}"`) && /^assets\//.test(path))]
  const wasm = all.filter((path) => path.endsWith('.wasm'))
  const worker = all.filter((path) => /^assets\/worker-/.test(path))
  const known = new Set([...shell, ...wasm, ...worker])
  const later = all.filter((path) => !known.has(path) && /^assets\//.test(path))
  const rest = all.filter((path) => !known.has(path) && !later.includes(path))
  const groups: [string, readonly string[]][] = [
    ['Shell: needed before the first paint', shell],
    ['Engine worker: needed before anything can be opened', worker],
    ['Automerge (WebAssembly): the same', wasm],
    ['Documents, samples, QR codes: when first used', later],
    ['Service worker, icons, manifest', rest],
    ['Everything (kept for offline)', all],
  ]
  const total = sum(all)
  report.table(
    ['', 'files', 'raw', 'gzip', 'brotli', 'of all, brotli'],
    groups.map(([name, paths]) => {
      const { raw, gzip, brotli } = sum(paths)
      return [name, String(paths.length), bytes(raw), bytes(gzip), bytes(brotli), ratio(brotli, total.brotli)]
    }),
  )
  const largest = [...shell, ...worker, ...later]
    .map((path) => ({ path, ...weigh(path) }))
    .sort((a, b) => b.brotli - a.brotli)
    .slice(0, 5)
  report.say(
    `Largest scripts (brotli): ${largest.map((file) => `${named(file.path)} ${bytes(file.brotli)}`).join(', ')}.`,
  )
}

/** Without the hash. */
const named = (path: string): string => path.replace(/^assets\//, '').replace(/-[\w-]{8}(?=\.)/, '')
