// One command from a fresh clone to a running Telar: installs if needed, builds what is stale, then runs the relay, with
// the app on the same port unless `--relay-only`. Plain Node. Decides nothing about the relay; that is main.ts.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { install } from './install.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const app = join(root, 'dist/app')

const HELP = `Telar: the app and its relay on one address.

  npm start                    install if needed, build if needed, run
  npm run relay                the relay alone, without the app
  npm start -- --port 8080     options come after the two dashes

  --port P         port to listen on            (or PORT; 4100)
  --host H         address to listen on         (or HOST; 127.0.0.1: this machine only)
  --data DIR       where the relay keeps things (or TELAR_DATA; .telar-data in the project)
  --origin H:P     host:port people use, when a proxy stands in front; may be repeated
  --token-file F   only who has the token in this file may create networks here
  --help           this text
`

/** Milliseconds of the newest change below `paths`, folders included (a deleted file changes its folder). */
function newest(paths) {
  return Math.max(
    ...paths.map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat === undefined) return 0
      if (!stat.isDirectory()) return stat.mtimeMs
      return Math.max(stat.mtimeMs, newest(readdirSync(path).map((name) => join(path, name))))
    }),
    0,
  )
}

function buildApp() {
  const names = ['src', 'public', 'index.html', 'vite.config.ts', 'svelte.config.js', 'package-lock.json']
  const built = statSync(join(app, 'build.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (built > newest(names.map((name) => join(root, name)))) return
  console.log('Building the app…')
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const run = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (run.status === 0) return
  console.error('The app could not be built; the lines above say why. Nothing was started.')
  process.exit(1)
}

/** `args` with what was left unsaid: by an option, by the environment, or by the usual value, in this order. */
function complete(args) {
  const given = (option) => args.some((arg) => arg === option || arg.startsWith(`${option}=`))
  const usual = (option, value) => (given(option) ? [] : [option, value])
  return [
    ...args,
    ...usual('--port', process.env.PORT || '4100'),
    ...usual('--host', process.env.HOST || '127.0.0.1'),
    ...usual('--data', resolve(process.env.TELAR_DATA || join(root, '.telar-data'))),
  ]
}

const args = process.argv.slice(2)
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(HELP)
  process.exit(0)
}
const relayOnly = args.includes('--relay-only')
install()
if (!existsSync(join(root, 'sync-server/main.ts'))) {
  console.error('sync-server/main.ts is missing: this copy of Telar is not complete.')
  process.exit(1)
}
if (!relayOnly) buildApp()
const { bundled } = await import('../src/bundle.mjs')
const relay = await bundled('sync-server/main.ts', 'relay')
if (existsSync(join(root, 'src/cli/main.ts'))) await bundled('src/cli/main.ts', 'telar')

process.setSourceMapsEnabled(true)
process.argv = [
  process.argv[0],
  relay,
  ...complete(args.filter((arg) => arg !== '--relay-only')),
  ...(relayOnly ? [] : ['--app', app]),
]
await import(pathToFileURL(relay).href)
