#!/usr/bin/env node
// Starts the headless member from any folder, through a link too: bundles its sources when they changed and runs them.
// Decides nothing about commands; those are src/cli/main.ts.
import { pathToFileURL } from 'node:url'
import { bundled } from '../bundle.mjs'

process.setSourceMapsEnabled(true)

async function bundle() {
  try {
    // The thread that tries changes lies beside what starts it.
    await bundled('src/engine/scratch-thread.ts', 'scratch')
    return await bundled('src/cli/main.ts', 'telar')
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    console.error('telar: run `npm ci` (or `npm start`) in the project first.')
    process.exit(69)
  }
}

await import(pathToFileURL(await bundle()).href)
