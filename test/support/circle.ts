// A space of several people with engines of their own and one relay, ended with the test: for stories about keys and ways back.
import { onTestFinished } from 'vitest'
import type { DocumentId } from '../../src/base/ids.ts'
import { DocumentId as Documents } from '../../src/base/ids.ts'
import { startRelay } from '../../sync-server/relay.ts'
import { Insider, World } from './insider.ts'
import { temporaryFolder } from './relay-fixture.ts'
import type { ShiftedClock } from './shifted-clock.ts'

export interface Circle {
  readonly url: string
  readonly relay: Awaited<ReturnType<typeof startRelay>>
  readonly people: readonly Insider[]
}

export async function relayHere() {
  const relay = await startRelay({ data: temporaryFolder(), port: 0, host: '127.0.0.1' })
  onTestFinished(() => relay.close())
  return { relay, url: `http://127.0.0.1:${String(relay.port)}` }
}

export async function person(alias: string, clock?: ShiftedClock): Promise<Insider> {
  const made = await Insider.named(alias, new World(clock))
  onTestFinished(() => made.keeper.lock().catch(() => undefined))
  return made
}

/** The first founds the space and admits the others as editors. */
export async function circle(aliases: readonly string[], clock?: ShiftedClock): Promise<Circle> {
  const { relay, url } = await relayHere()
  const people: Insider[] = []
  for (const alias of aliases) people.push(await person(alias, clock))
  const [founder, ...others] = people
  if (founder === undefined) throw new Error('a circle of nobody')
  await founder.workspace.found('Red', [url])
  for (const other of others) await founder.admit(other)
  return { url, relay, people }
}

export const documentId = (byte: number): DocumentId => Documents.must(new Uint8Array(16).fill(byte))

export const together = (...people: Insider[]) => Promise.all(people.map((one) => one.workspace.sync(10_000)))

/** The number a document counts to here; null while it has not arrived. */
export async function numberIn(one: Insider, document: DocumentId): Promise<unknown> {
  return (await one.space.documents.read(document))['n'] ?? null
}
