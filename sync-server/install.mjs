// Brings node_modules in step with package-lock.json, in plain words. Uses nothing that would have to be installed first.
// Must never touch a node_modules that is only a link to another project's.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.telar-lock')
const native = join(modules, 'better-sqlite3/build/Release/better_sqlite3.node')

/** Exits with a sentence when this Node is too old. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(`Telar needs Node 20.19 or newer; this is ${process.versions.node}. See https://nodejs.org`)
  process.exit(1)
}

export function onPath(program) {
  return (process.env.PATH ?? '')
    .split(process.platform === 'win32' ? ';' : ':')
    .some((folder) => existsSync(join(folder, program)))
}

/** Installs Debian packages when this is root on a Debian; false when it is not, or when that failed. */
export function aptInstall(...packages) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !onPath('apt-get')) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (...args) => spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  run('update')
  return run('install', '-y', '--no-install-recommends', ...packages)
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')

function inStep() {
  const isLink = lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
  if (isLink) return true
  if (!existsSync(join(modules, '.package-lock.json')) || !existsSync(native)) return false
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === lockHash()
  const byHand =
    statSync(join(modules, '.package-lock.json')).mtimeMs > statSync(join(root, 'package-lock.json')).mtimeMs
  if (byHand) writeFileSync(stamp, lockHash())
  return byHand
}

/** Node's own headers beside the program, where they are: the store then builds without fetching them. */
function environment() {
  const prefix = dirname(dirname(process.execPath))
  const headers = existsSync(join(prefix, 'include/node/node.h'))
  return { ...process.env, CI: 'true', ...(headers ? { npm_config_nodedir: prefix } : {}) }
}

function npm(...args) {
  const options = {
    cwd: root,
    env: environment(),
    encoding: 'utf8',
    shell: process.platform === 'win32',
    maxBuffer: 1 << 28,
  }
  const { status, stdout, stderr, error } = spawnSync('npm', args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  return {
    good: status === 0 && existsSync(native),
    output: `${stdout ?? ''}${stderr ?? ''}${error ? String(error) : ''}`,
  }
}

/** Nothing when all is in step; otherwise installs, and exits with what to do when that fails. */
export function install() {
  checkNode()
  if (inStep()) return
  console.log('Installing what Telar needs. This happens once and takes a minute or two…')
  let result = npm('ci', '--include=dev', '--no-audit', '--no-fund')
  const tools = ['python3', 'make', 'g++']
  if (!result.good && !tools.every(onPath)) {
    console.log('The store has to be built on this machine: getting a compiler…')
    if (aptInstall(...tools)) result = npm('ci', '--include=dev', '--no-audit', '--no-fund')
  }
  if (!result.good) {
    console.error(result.output)
    console.error('Installing did not work; the lines above say why.')
    console.error(
      'If they speak of a compiler: install python3, make and g++ (on a Mac: xcode-select --install) and try again.',
    )
    process.exit(1)
  }
  writeFileSync(stamp, lockHash())
}
