// The command of wake files: making one for a device that finds nobody any more, and opening one. Owns reading and writing the file;
// what is in it is the engine's.
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { chooseDevice } from '../choose.ts'
import { fail, must } from '../failure.ts'
import { type Report, type Session, space } from '../session.ts'
import type { Registry } from './registry.ts'
import { soon } from './spaces.ts'

export function wakeCommands(registry: Registry, t: (es: string, en: string) => string): void {
  const wake = registry.program
    .command('wake')
    .description(
      t(
        'archivos que traen de vuelta a un aparato perdido de vista',
        'files that bring back a device gone out of sight',
      ),
    )
  wake
    .command('make')
    .description(t('hace el archivo para un aparato', 'makes the file for a device'))
    .argument('<device>', t('comienzo del ID del aparato, o su nombre', 'beginning of the device’s ID, or its name'))
    .option('--out <file>', t('dónde se guarda', 'where it is kept'))
    .action((given: string, options: { out?: string }) =>
      registry.unlocked((session) => make(session, given, options.out)),
    )
  wake
    .command('open')
    .description(t('abre el archivo que le dieron', 'opens the file you were given'))
    .argument('<file>')
    .action((file: string) => registry.unlocked((session) => open(session, file)))
}

const unusable = (path: string) => (error: unknown) => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'EUNKNOWN'
  return fail({ type: 'File', path, code })
}

async function make(session: Session, given: string, out: string | undefined): Promise<Report> {
  const chosen = await space(session)
  const device = must(chooseDevice(chosen, given))
  const { name, file } = must(await session.engine.wakeFile({ space: chosen.id, device: device.id }))
  const path = out ?? name
  await writeFile(path, file, { mode: 0o600, flag: 'wx' }).catch(unusable(path))
  return {
    json: { space: chosen.id, device: device.id, file: path, bytes: file.length },
    lines: [session.words.wakeMade(path)],
  }
}

async function open(session: Session, path: string): Promise<Report> {
  const file = await readFile(path).catch(unusable(path))
  const opened = must(await session.engine.openWakeFile({ file: new Uint8Array(file) }))
  const { onRelay, lines } = await soon(session)
  return { json: { space: opened.space, onRelay }, lines: [session.words.wakeOpened(basename(path)), ...lines] }
}
