// Where secrets come from: a file, standard input or the terminal without echo; never the command line. Owns reading them
// and the warning about files that others can read; keeps nothing.
import { open, readFile, stat } from 'node:fs/promises'
import { fail } from './failure.ts'
import type { Flags, Io } from './session.ts'
import { words } from './words/index.ts'

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'EUNKNOWN'

/** The text of a file; fails with the system's code. */
export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => fail({ type: 'File', path, code: codeOf(error) }))
}

/** A new file that only its owner reads; fails when there already is one. `write` may come later or never. */
export async function privateFile(
  path: string,
): Promise<{ write(text: string): Promise<void>; drop(): Promise<void> }> {
  const { rm } = await import('node:fs/promises')
  const file = await open(path, 'wx', 0o600).catch((error: unknown) =>
    fail({ type: 'File', path, code: codeOf(error) }),
  )
  return {
    write: async (text) => {
      await file.writeFile(text, 'utf8')
      await file.sync()
      await file.close()
    },
    drop: async () => {
      await file.close()
      await rm(path, { force: true })
    },
  }
}

/** Writes a file through a new one beside it, so that a failure leaves the former text; only its owner reads it. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const { rename, rm, writeFile } = await import('node:fs/promises')
  const partial = `${path}.${process.pid}.partial`
  try {
    await writeFile(partial, text, { encoding: 'utf8', mode: 0o600, flag: 'wx' })
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    fail({ type: 'File', path, code: codeOf(error) })
  }
}

/** First line of a secret's text, without its line break. */
const firstLine = (text: string) => text.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0] ?? ''

export async function secretFile(io: Io, flags: Flags, path: string): Promise<string> {
  const text = await readText(path)
  const mode = await stat(path).then(
    (info) => info.mode,
    () => 0,
  )
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) io.err(`telar: ${words[flags.lang].openFile(path)}\n`)
  return firstLine(text)
}

/** `new`: asked twice at a terminal. */
export async function passphrase(io: Io, flags: Flags, which: 'present' | 'new' = 'present'): Promise<string> {
  const file = flags.passphraseFile ?? io.env['TELAR_PASSPHRASE_FILE']
  if (flags.passphraseStdin) return firstLine(await io.readStdinLine())
  if (file !== undefined && file !== '') return secretFile(io, flags, file)
  return prompted(io, flags, which)
}

export async function prompted(io: Io, flags: Flags, which: 'present' | 'new'): Promise<string> {
  if (!io.interactive) return fail({ type: 'NoPassphrase' })
  const { ask } = words[flags.lang]
  const first = await io.askSecret(which === 'new' ? ask.newPassphrase : ask.passphrase)
  if (first === null) return fail({ type: 'NoPassphrase' })
  if (which === 'new' && (await io.askSecret(ask.again)) !== first) return fail({ type: 'PassphrasesDiffer' })
  return first
}

/** An argument that may be kept off the command line: `-` is standard input, `@file` a file, `@@text` a text with one @. */
export async function argument(io: Io, text: string): Promise<string> {
  if (text === '-') return io.readStdin()
  if (text.startsWith('@@')) return text.slice(1)
  return text.startsWith('@') ? readText(text.slice(1)) : text
}
