// Serves the page that shows the document screen without an engine: for looking at it and for tests in a browser. Never part
// of the app's build.
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  cacheDir: `${root}/dist/.vite-document-page`,
  plugins: [svelte({ configFile: `${root}/svelte.config.js` })],
  resolve: {
    alias: [
      { find: /^@automerge\/automerge$/, replacement: '@automerge/automerge/slim' },
      { find: /^cbor-x$/, replacement: 'cbor-x/index-no-eval' },
    ],
  },
  server: { port: 5500, strictPort: true, fs: { strict: false } },
})
