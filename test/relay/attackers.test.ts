// A stranger, a removed member and a curious relay operator, each with the keys they would really have: they read nothing
// and change nothing. The attackers use our own code against the relay's real database and a removed phone's real folder.
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import { type Bytes, toHex } from '../../src/base/bytes.ts'
import { type DocumentId, type EpochId, idBytes, type SpaceId } from '../../src/base/ids.ts'
import type { KeyValueStore } from '../../src/base/key-value.ts'
import { unwrap } from '../../src/base/result.ts'
import { createCrypto } from '../../src/crypto/index.ts'
import type { EngineHost, EngineState } from '../../src/engine/api.ts'
import type { Said } from '../../src/engine/meeting.ts'
import { openWelcome } from '../../src/engine/welcome.ts'
import { startNodeEngine, systemRandom } from '../../src/engine/node.ts'
import { spaceRecords } from '../../src/engine/records.ts'
import { decodeVault, invitationKeys, openWithPassphrase, parseLink, sealedValues } from '../../src/identity/index.ts'
import { epochIdOf } from '../../src/keys/index.ts'
import { entryId, openEntry, openEnvelope } from '../../src/log/entry.ts'
import { decode } from '../../src/base/codec.ts'
import { SealedStore } from '../../src/storage/sealed.ts'
import { entryStore } from '../../src/storage/entries.ts'
import { SqliteStore } from '../../src/storage/sqlite.ts'
import { type Relay, startRelay } from '../../sync-server/relay.ts'
import { cleanUp, folder, sample } from './headless-support.ts'

const FRASE = 'ceniza tordo balcon miel rueda quieto'
const COST = { memoryKiB: 8 * 1024, passes: 1, lanes: 1 }
const HERS = 'Lo que Berta escribió cuando era parte.'
const LONG = 120_000
const crypto = createCrypto({ subtle: globalThis.crypto.subtle, random: systemRandom })

class Phone {
  engine!: EngineHost
  #close: () => Promise<void> = () => Promise.resolve()

  constructor(readonly home: string) {}

  static async make(alias: string): Promise<Phone> {
    const phone = new Phone(folder(alias))
    await phone.#start()
    unwrap(await phone.engine.createVault({ alias, passphrase: FRASE, language: 'es' }))
    return phone
  }

  async #start(): Promise<void> {
    const started = unwrap(await startNodeEngine({ home: this.home, argon2: COST }))
    this.engine = started.engine
    this.#close = () => started.close()
  }

  async open(): Promise<void> {
    await this.#start()
    unwrap(await this.engine.unlock(FRASE))
  }

  async close(): Promise<void> {
    await this.#close()
    this.#close = () => Promise.resolve()
  }

  async until(good: (state: EngineState) => boolean): Promise<void> {
    let stop: () => void = () => undefined
    await new Promise<void>((resolve, reject) => {
      void this.engine
        .subscribe((state) => {
          if (good(state)) resolve()
        })
        .then((end) => (stop = end), reject)
    })
    stop()
  }

  async context(space: SpaceId, document: DocumentId): Promise<string> {
    const { json } = unwrap(await this.engine.exportDocument({ space, document }))
    return String((JSON.parse(json) as { context: unknown }).context)
  }

  /** Until the text reads so: what a relay passes on arrives a moment after it was stored there. */
  async reads(space: SpaceId, document: DocumentId, expected: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => void this.context(space, document).then((text) => text === expected && resolve(), reject)
      void this.engine.subscribe(look).then(look, reject)
    })
  }

  async write(space: SpaceId, document: DocumentId, value: string) {
    return this.engine.editDocument({ space, document, edits: [{ op: 'text', path: ['context'], value }] })
  }

  async sync(): Promise<void> {
    const { relays } = unwrap(await this.engine.sync({ timeout: 20_000 }))
    expect(relays.every((relay) => relay.inStep)).toBe(true)
  }
}

/** A network of two with one plan, everything on the relay; `link` is what somebody photographed. */
async function network() {
  const data = folder('relay')
  let relay: Relay = await startRelay({ port: 0, data })
  const { port } = relay
  const [ana, berta] = await Promise.all([Phone.make('Ana'), Phone.make('Berta')])
  const { space } = unwrap(await ana.engine.createSpace({ name: 'Red Ceiba', relays: [`http://127.0.0.1:${port}`] }))
  const json = readFileSync(sample('protection-plan'), 'utf8')
  const { document } = unwrap(await ana.engine.importDocument({ space, json }))
  const invitation = { space, mode: 'open', role: 'editor', note: 'Berta', app: '' } as const
  const { link } = unwrap(await ana.engine.invite(invitation))
  unwrap(await berta.engine.join({ link }))
  await berta.until((state) => state.spaces[0]?.standing === 'active' && state.spaces[0].documents[0]?.here === true)
  unwrap(await berta.write(space, document, HERS))
  await berta.sync()
  await ana.reads(space, document, HERS)
  await ana.sync()
  return {
    ana,
    berta,
    space,
    document,
    link,
    data,
    stopRelay: () => relay.close(),
    startRelay: async () => {
      relay = await startRelay({ port, data })
    },
    async end() {
      await Promise.all([ana.close(), berta.close()])
      await relay.close()
    },
  }
}

interface Row {
  readonly id: Buffer
  readonly data: Buffer
}

/** What an operator has: every sealed entry, and in which channel it lies. */
function stored(data: string): Map<string, Bytes> {
  const db = new Database(join(data, 'relay.sqlite'), { readonly: true })
  const rows = db.prepare<[], Row>('SELECT id, data FROM entries JOIN contents ON contents.key = content').all()
  db.close()
  return new Map(rows.map((row) => [toHex(row.id), new Uint8Array(row.data)]))
}

/** What an operator can do with her own database while the relay is stopped. */
function inject(data: string, channel: Bytes | null, outers: readonly Bytes[]): void {
  const db = new Database(join(data, 'relay.sqlite'))
  const all = db.prepare<[], { key: number; id: Buffer }>('SELECT key, id FROM channels').all()
  const chosen = all.filter((row) => channel === null || toHex(row.id) === toHex(channel))
  expect(chosen.length).toBeGreaterThan(0)
  for (const { key } of chosen)
    for (const outer of outers) {
      const id = Buffer.from(idBytes(entryId(outer)))
      const held = db.prepare('SELECT 1 FROM entries WHERE channel = ? AND id = ?').get(key, id)
      if (held !== undefined) continue
      const { n } = db
        .prepare<[number], { n: number }>('SELECT coalesce(max(n), 0) + 1 AS n FROM entries WHERE channel = ?')
        .get(key)!
      const content = db.prepare('INSERT INTO contents (data) VALUES (?)').run(Buffer.from(outer)).lastInsertRowid
      const add = db.prepare('INSERT INTO entries (channel, n, id, size, content) VALUES (?, ?, ?, ?, ?)')
      add.run(key, n, id, outer.length, content)
    }
  db.close()
}

/** Everything in a folder that its owner can open: the sealed store under the vault key. */
async function unsealed<T>(home: string, look: (store: KeyValueStore) => Promise<T>): Promise<T> {
  const raw = SqliteStore.open(home)
  try {
    const record = unwrap(decodeVault(crypto, (await raw.get('vault', 'record'))!))
    const key = unwrap(await openWithPassphrase(crypto, record, FRASE))
    return await look(new SealedStore(raw, sealedValues(crypto, key)))
  } finally {
    await raw.close()
  }
}

const secretsIn = (home: string) =>
  unsealed(home, async (store) => {
    const [value] = await store.list('spaces')
    const { secrets, device } = spaceRecords.decode(value!.value)!
    return { secrets: new Map<EpochId, Bytes>(secrets.map((secret) => [epochIdOf(crypto, secret), secret])), device }
  })

afterAll(cleanUp)

describe('a stranger', () => {
  test(
    'with the relay’s whole disk reads nothing of it',
    async () => {
      const net = await network()
      await net.end()
      const disk = Buffer.concat(readdirSync(net.data).map((name) => readFileSync(join(net.data, name))))
      for (const word of [
        'Berta',
        'Red Ceiba',
        'Jacaranda',
        'cuando era parte',
        'protection-plan',
        'likelihood',
        'coordinator',
      ])
        expect(disk.includes(word), word).toBe(false)
      for (const id of [net.space, net.document]) {
        expect(disk.includes(id), id).toBe(false)
        expect(disk.includes(Buffer.from(idBytes(id))), id).toBe(false)
      }
      // Whatever of 32 bytes lies there, as a secret: none of them opens anything.
      const entries = stored(net.data)
      const db = new Database(join(net.data, 'relay.sqlite'), { readonly: true })
      const channels = db.prepare<[], { id: Buffer }>('SELECT id FROM channels').all()
      db.close()
      const guesses = [
        ...channels.map((row) => new Uint8Array(row.id)),
        ...[...entries.keys()].map((id) => new Uint8Array(Buffer.from(id, 'hex'))),
      ]
      const secrets = new Map(guesses.map((guess) => [epochIdOf(crypto, guess), guess]))
      expect(entries.size).toBeGreaterThan(4)
      for (const outer of entries.values())
        expect(await openEntry(crypto, outer, secrets, net.space)).toMatchObject({
          ok: false,
          error: { type: 'NoSecret' },
        })
    },
    LONG,
  )

  test(
    'JO-8 JO-9 JO-12: who photographed a link that is used opens no welcome, and her knock admits nobody',
    async () => {
      const net = await network()
      const link = unwrap(parseLink(net.link))
      const keys = invitationKeys(crypto, link.seed)
      const thief = await Phone.make('Ladrona')
      unwrap(await thief.engine.join({ link: net.link }))
      await thief.until((state) => state.joining[0]?.delivered === true)
      await net.ana.sync()
      await thief.sync()
      expect((await thief.engine.state()).spaces).toEqual([])
      expect((await net.ana.engine.state()).spaces[0]!.members).toHaveLength(2)
      await thief.close()
      await net.end()
      // She sees that there was a welcome, and cannot open it: it is sealed to the device that was admitted.
      const welcomes = [...stored(net.data).values()].flatMap((outer) => {
        const plaintext = openEnvelope(crypto, keys.secret, 'telar/1/meeting', outer)
        const said = plaintext === null ? null : decode(plaintext)
        return said?.ok === true && (said.value as { kind: string }).kind === 'welcome'
          ? [said.value as Extract<Said, { kind: 'welcome' }>]
          : []
      })
      expect(welcomes.length).toBeGreaterThan(0)
      const boxes = [crypto.boxKeys(systemRandom.bytes(32)), keys.box]
      for (const welcome of welcomes)
        for (const box of boxes)
          expect(await openWelcome(crypto, box, net.space, { id: keys.id, seed: link.seed }, welcome)).toBeNull()
    },
    LONG,
  )
})

describe('a removed member', () => {
  test(
    'with all her old keys and the relay’s disk reads nothing new, and what she forges changes nothing',
    async () => {
      const net = await network()
      const { ana, berta, space, document } = net
      // She keeps a copy of her folder from before, as a second phone or a backup would be.
      await berta.close()
      const backup = new Phone(folder('backup'))
      cpSync(berta.home, backup.home, { recursive: true })
      const before = new Set(stored(net.data).keys())

      const her = (await ana.engine.state()).spaces[0]!.members.find((member) => !member.me)!
      unwrap(await ana.engine.removeMember({ space, member: her.id }))
      unwrap(await ana.write(space, document, 'La ruta nueva de salida.'))
      await ana.sync()

      // Reading: of what came after, her keys open the news of her removal and nothing of any document.
      const old = await secretsIn(backup.home)
      const fresh = [...stored(net.data)].filter(([id]) => !before.has(id))
      expect(fresh.length).toBeGreaterThan(1)
      const kinds: string[] = []
      for (const [, outer] of fresh) {
        const opened = await openEntry(crypto, outer, old.secrets, space)
        if (opened.ok) kinds.push(opened.value.header.kind)
      }
      expect(kinds.filter((kind) => kind !== 'op' && kind !== 'keys')).toEqual([])
      expect(kinds.length).toBeLessThan(fresh.length)

      // Reading, her own engine, up to date: she learns that she is out, and no more.
      await berta.open()
      await berta.until((state) => state.spaces[0]?.standing === 'removed')
      expect(await berta.context(space, document)).not.toContain('ruta nueva')
      expect(await berta.write(space, document, 'x')).toMatchObject({ ok: false })
      await berta.close()

      // Writing: the copy does not know yet, signs an honest-looking entry, and the operator puts it into every channel.
      await net.stopRelay()
      await backup.open()
      const had = unwrap(await backup.engine.spaceDetails(space)).entries
      const intruding = await backup.write(space, document, 'Palabras de una intrusa.')
      expect(intruding.ok).toBe(true)
      // Without a relay it is sealed after a short wait.
      await new Promise<void>((resolve) => {
        const look = async () => {
          const details = await backup.engine.spaceDetails(space)
          if (details.ok && details.value.entries > had) resolve()
        }
        void backup.engine.subscribe(() => void look())
      })
      await backup.close()
      const forged = await unsealed(backup.home, async (store) => {
        const entries = entryStore(store, space)
        const own = (await entries.metas()).filter((meta) => meta.own && !before.has(meta.id))
        return [...(await entries.bytes(own.map((meta) => meta.id))).values()]
      })
      expect(forged.length).toBeGreaterThan(0)
      const channel = unwrap(await ana.engine.spaceDetails(space)).channel
      inject(net.data, idBytes(channel), forged)
      inject(net.data, null, forged)
      await net.startRelay()
      const held = unwrap(await ana.engine.spaceDetails(space)).entries
      await ana.sync()
      // It is there, and counts for nothing.
      expect(unwrap(await ana.engine.spaceDetails(space)).entries).toBeGreaterThan(held)
      expect(await ana.context(space, document)).toBe('La ruta nueva de salida.')
      unwrap(await ana.write(space, document, 'Y se sigue trabajando.'))
      await ana.sync()
      expect(await ana.context(space, document)).toBe('Y se sigue trabajando.')
      await net.end()
    },
    LONG,
  )
})

describe('a curious relay operator', () => {
  test(
    'JO-2: who repeats, moves, cuts and invents entries changes nothing and stops nothing',
    async () => {
      const net = await network()
      const { ana, berta, space, document } = net
      const text = await ana.context(space, document)
      await Promise.all([ana.close(), berta.close()])
      await net.stopRelay()
      const entries = [...stored(net.data).values()]
      const changed = entries.flatMap((outer) => {
        const flipped = [0, 1, 30, 60, outer.length - 1].map((at) => {
          const copy = outer.slice()
          copy[at] = (copy[at] ?? 0) ^ 1
          return copy
        })
        return [...flipped, outer.slice(0, 40), outer.slice(0, outer.length - 1)]
      })
      const invented = [0, 1, 57, 73, 600, 5000].map((length) => systemRandom.bytes(Math.max(1, length)))
      // Everything in every channel: entries of the meeting in the space's, of the space in the meeting's.
      inject(net.data, null, [...entries, ...changed, ...invented])
      await net.startRelay()
      await Promise.all([ana.open(), berta.open()])
      await Promise.all([ana.sync(), berta.sync()])
      expect(await ana.context(space, document)).toBe(text)
      expect(await berta.context(space, document)).toBe(text)
      expect((await ana.engine.state()).spaces[0]!.members).toHaveLength(2)
      // And work goes on.
      unwrap(await ana.write(space, document, `${text} Y algo más.`))
      await ana.sync()
      await berta.reads(space, document, `${text} Y algo más.`)
      await net.end()
    },
    LONG,
  )

  test(
    'who loses or hides entries gets them back from whoever has them',
    async () => {
      const net = await network()
      const { ana, berta, space, document } = net
      await Promise.all([ana.close(), berta.close()])
      await net.stopRelay()
      const db = new Database(join(net.data, 'relay.sqlite'))
      // The last of each channel: acknowledged, then forgotten.
      db.exec('DELETE FROM entries WHERE (channel, n) IN (SELECT channel, max(n) FROM entries GROUP BY channel)')
      db.exec('DELETE FROM contents WHERE key NOT IN (SELECT content FROM entries)')
      db.exec('UPDATE channels SET incarnation = randomblob(length(incarnation))')
      db.close()
      const rest = stored(net.data).size
      await net.startRelay()
      await Promise.all([ana.open(), berta.open()])
      await ana.sync()
      await berta.sync()
      expect(stored(net.data).size).toBeGreaterThan(rest)
      expect(await berta.context(space, document)).toBe(await ana.context(space, document))
      await net.end()
    },
    LONG,
  )
})
