// Bundles an entry point of ours for Node (packages stay outside) when its sources are newer than the last bundle. Plain
// JavaScript because launchers run it; must stay fast when nothing changed: it then only looks at modification times.
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Milliseconds; 0 for a file that is not there. */
const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

function fresh(outfile, list) {
  const built = changed(outfile)
  if (built === 0 || !existsSync(list)) return false
  try {
    const inputs = JSON.parse(readFileSync(list, 'utf8'))
    return inputs.every((input) => {
      const time = changed(join(root, input))
      return time !== 0 && time <= built
    })
  } catch {
    return false
  }
}

/** Absolute path of the bundle of `entry` (relative to the project), made anew if stale. Throws when it cannot be built. */
export async function bundled(entry, name) {
  const outfile = join(root, 'dist/node', `${name}.mjs`)
  const list = join(root, 'dist/node', `${name}.inputs.json`)
  if (fresh(outfile, list)) return outfile
  const { build } = await import('esbuild')
  mkdirSync(dirname(outfile), { recursive: true })
  const partial = `${outfile}.${process.pid}`
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: partial,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    metafile: true,
    logLevel: 'warning',
    charset: 'utf8',
  })
  renameSync(partial, outfile)
  const inputs = [
    ...Object.keys(result.metafile.inputs).map((path) => relative(root, join(root, path))),
    'src/bundle.mjs',
  ]
  writeFileSync(list, JSON.stringify(inputs))
  return outfile
}
