// The relay as a program: reads options and environment, says in plain words where it listens, stops cleanly on a signal.
// The only file of the relay that touches process.
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { RelayOptions } from './config.ts'
import { logTo } from './log.ts'
import { ownOrigins } from './origins.ts'
import { startRelay } from './relay.ts'

interface Flags {
  readonly port: number
  readonly host: string
  readonly data: string
  readonly origin: string[]
  readonly tokenFile?: string
  readonly app?: string
  readonly forgetAfter: number
}

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is needed')
  return Number(text)
}

const { env } = process

const program = new Command('telar-relay')
  .description('A relay for Telar: keeps sealed entries that it cannot read, and passes them on.')
  .addOption(
    new Option('--port <number>', 'port to listen on; 0: any free one')
      .env('PORT')
      .default(4180)
      .argParser(wholeNumber),
  )
  .option('--host <address>', 'address to listen on; 0.0.0.0 for every interface [HOST]', env.HOST ?? '127.0.0.1')
  .option('--data <folder>', 'where the database is kept [TELAR_DATA]', env.TELAR_DATA ?? './relay-data')
  .option(
    '--origin <host:port>',
    'a public name under which people reach this relay; may be repeated [TELAR_ORIGIN, separated by commas]',
    (value: string, all: string[]) => [...all, value],
    (env.TELAR_ORIGIN ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  )
  .option('--token-file <file>', 'a file whose text is needed to create a channel [TELAR_TOKEN: the text itself]')
  .option('--app <folder>', 'also serve the built app of this folder')
  .option('--forget-after <days>', 'forget channels that nobody opened for so long', wholeNumber, 365)

async function main(): Promise<void> {
  const flags = program.parse().opts<Flags>()
  const token = flags.tokenFile === undefined ? env.TELAR_TOKEN : readFileSync(flags.tokenFile, 'utf8').trim()
  const options: RelayOptions = {
    host: flags.host,
    port: flags.port,
    data: flags.data,
    origins: flags.origin,
    forgetAfterDays: flags.forgetAfter,
    ...(token === undefined || token === '' ? {} : { token }),
    ...(flags.app === undefined ? {} : { app: flags.app }),
  }
  if (flags.tokenFile !== undefined && options.token === undefined) throw new Error('the token file is empty')
  const relay = await startRelay(options, { log: logTo((line) => process.stderr.write(line)) })
  const lines = [
    `The relay listens at ${relay.address}`,
    ...(flags.host === '0.0.0.0' || flags.host === '::' ? [`and under: ${ownOrigins([], relay.port).join('  ')}`] : []),
    ...(flags.app === undefined
      ? []
      : [`The app is at ${relay.address.replace('ws:', 'http:').replace('/sync', '/')}`]),
    `Its database is in ${flags.data}`,
    token === undefined
      ? 'Anyone who reaches it may create channels (no token is set).'
      : 'Creating a channel needs the token.',
    'Stop it with Ctrl+C.',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    void relay.close().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

/** What usually goes wrong, said so that it can be put right. */
const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses this port; choose another with --port',
  EACCES: 'this user may not use that port or folder',
  ENOENT: 'a file or folder that was named is not there',
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  const advice = error instanceof Error && 'code' in error ? ADVICE[String(error.code)] : undefined
  process.stderr.write(`The relay cannot start: ${advice === undefined ? message : `${advice} (${message})`}\n`)
  process.exitCode = 1
})
