// How the tests in Node run. Owns the choice of files and the setup; browsers are Playwright's (playwright.config.ts).
// Two workers: phones and small servers are the machines this is written on, too.
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte()],
  test: {
    environment: 'node',
    include: ['test/{unit,contracts,vectors,properties,simulation,relay,fuzz}/**/*.test.ts', 'test/*.test.ts'],
    setupFiles: ['test/support/wasm.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: process.env['SLOW'] === '1' ? 600_000 : 30_000,
    hookTimeout: 30_000,
    passWithNoTests: true,
  },
})
