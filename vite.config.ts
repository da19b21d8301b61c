// How the app is built: Svelte, the engine's worker as a module, one slim Automerge, no code from strings, and the service
// worker with everything it keeps for days without a network. Owns what lands in dist/app; must never put a script or a
// style inline (the relay serves the page under a strict CSP).
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { build as bundle } from 'esbuild'
import { defineConfig, type Plugin } from 'vite'

const COMPRESSIBLE = /\.(?:html|js|css|wasm|svg|json|webmanifest|txt|ttf|otf)$/
const COMPRESSED = /\.(?:br|gz)$/

/** Paths of all files below `folder`, relative to it, with forward slashes, sorted. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}

/** Writes `sw.js`, which knows every file of the build by name and hash. Returns the build's hash. */
async function writeServiceWorker(root: string, folder: string): Promise<string> {
  const files = filesBelow(folder).filter((path) => !COMPRESSED.test(path))
  const hash = createHash('sha256').update(readFileSync(join(root, 'src/service-worker.ts')))
  for (const path of files) hash.update(`\n${path}\n`).update(readFileSync(join(folder, path)))
  const build = hash.digest('hex').slice(0, 16)
  const urls = files.map((path) => (path === 'index.html' ? '/' : `/${path}`))
  await bundle({
    entryPoints: [join(root, 'src/service-worker.ts')],
    outfile: join(folder, 'sw.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    define: { __BUILD__: JSON.stringify(build), __FILES__: JSON.stringify(urls) },
    logLevel: 'warning',
  })
  return build
}

/** A `.br` and a `.gz` beside each file that gets smaller; the relay sends them as they are. */
function compress(folder: string): void {
  for (const path of filesBelow(folder).filter((path) => COMPRESSIBLE.test(path))) {
    const bytes = readFileSync(join(folder, path))
    if (bytes.length < 1024) continue
    const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    writeFileSync(join(folder, `${path}.br`), brotliCompressSync(bytes, { params }))
    writeFileSync(join(folder, `${path}.gz`), gzipSync(bytes, { level: 9 }))
  }
}

function installable(): Plugin {
  let root = '.'
  let folder = 'dist/app'
  return {
    name: 'telar-installable',
    apply: 'build',
    configResolved(config) {
      root = config.root
      folder = resolve(config.root, config.build.outDir)
    },
    closeBundle: {
      sequential: true,
      async handler(error?: Error) {
        if (error) return
        const build = await writeServiceWorker(root, folder)
        const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
        compress(folder)
        // Last, so that its time says: this build is complete (sync-server/start.mjs looks).
        writeFileSync(join(folder, 'build.json'), `${JSON.stringify({ version, build })}\n`)
      },
    },
  }
}

export default defineConfig({
  base: '/',
  plugins: [svelte(), installable()],
  resolve: {
    alias: [
      // Libraries that ask for the full Automerge get the one whose WebAssembly the entry points initialise.
      { find: /^@automerge\/automerge$/, replacement: '@automerge/automerge/slim' },
      // The usual build compiles decoders with `new Function`, which the CSP forbids.
      { find: /^cbor-x$/, replacement: 'cbor-x/index-no-eval' },
    ],
  },
  worker: { format: 'es' },
  build: {
    outDir: 'dist/app',
    target: 'es2022',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
  server: { proxy: { '/sync': { target: 'ws://127.0.0.1:4100', ws: true }, '/health': 'http://127.0.0.1:4100' } },
})
