// Files that carry a space by hand: saving one from what is held, opening one as if its entries came from a peer, and what is
// remembered of whose files were opened here (docs/spec/bundles.md). Verifies no entry: the space does. Implements BU-1 to BU-9.
import { type Bytes, concat, equal, toHex } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { type EntryId, idBytes, MemberId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import {
  type BundleHead,
  type BundleFault,
  bundleRecords,
  BundleWriter,
  decodeRecord,
  type Part,
  readBundleHead,
} from '../carriers/bundle.ts'
import { entryId } from '../log/entry.ts'
import type { HeldEpoch } from '../keys/index.ts'
import { MAX_IDS } from '../wire/limits.ts'
import type { ApiError, BundleReader, OpenedBundle, SavedBundle } from './api.ts'
import {
  bodyKey,
  bodyOf,
  encodeStatement,
  leadOf,
  MAX_HAVE,
  openRecord,
  readStatement,
  sealRecord,
  SHORT_ID,
  type Statement,
} from './bundle-seals.ts'
import type { WorkspaceContext } from './context.ts'
import type { Space } from './space.ts'

/** Bytes of entries in one message. */
const MESSAGE_BYTES = 200_000
/** What is taken in at once while a file is read: others get a word in between. */
const RECEIVED_BYTES = 1024 * 1024
const READ_AT_ONCE = 256
/** So many records that do not open, and the rest is not read: whoever finds a file can append to it without end. */
const MOST_DAMAGED = 256

const readersOf = (space: Space) => `bundles/${space.id}`

/** All that is held here, or what a file that was opened says its author lacked. Errors: `NoKeysYet`, `UnknownMember`. */
export async function saveBundle(
  workspace: WorkspaceContext,
  space: Space,
  since: MemberId | null,
): Promise<Result<SavedBundle, ApiError>> {
  const had = since === null ? new Set<string>() : ((await reader(workspace, space, since))?.have ?? null)
  if (had === null) return err({ type: 'UnknownMember' })
  const epoch = newest(space)
  if (epoch === null) return err({ type: 'NoKeysYet' })
  const { crypto, env } = workspace
  const nonce = env.random.bytes(32)
  const lead = leadOf(crypto, space.record.seed, nonce)
  const body = bodyOf(crypto, epoch.secret, nonce)
  const head = { nonce, tag: lead.tag, commitment: body.commitment }
  const writer = new BundleWriter(head, (part, index, plaintext) =>
    sealRecord(crypto, part === 'lead' ? lead.key : body.key, index, plaintext),
  )
  const all = space.log.ids()
  const fresh = all.filter((id) => !had.has(id.slice(0, 2 * SHORT_ID)))
  const kind = (id: EntryId) => space.log.get(id)?.kind
  // An epoch counts once the operations that its rekey covers are here (KE-17): who was away needs both to go from one to the next.
  const leads = (id: EntryId) => kind(id) === 'keys' || kind(id) === 'op'
  let entries = await write(writer, 'lead', space, fresh.filter(leads), nonce)
  const said = { member: space.me, at: env.clock.now(), have: shortIds(all) }
  const statement = await encodeStatement(crypto, space.keys.sign, { space: space.id, nonce }, said)
  writer.add('body', { type: 'statement', bytes: statement })
  entries += await write(
    writer,
    'body',
    space,
    fresh.filter((id) => !leads(id)),
    nonce,
  )
  // Nothing of the space or of people in the name: it travels on sticks and in chats.
  const name = `${toHex(env.random.bytes(4))}.telar-bundle`
  return ok({ name, file: writer.file(), entries })
}

/** The newest epoch whose secret is here: also while the one in use is not. */
function newest({ ring, graph }: Space): HeldEpoch | null {
  const now = ring.current(graph)
  if (now !== null) return now
  const latest = (a: HeldEpoch, b: HeldEpoch) => ring.ordinal(b.epoch) - ring.ordinal(a.epoch)
  return [...ring.tips()].sort(latest)[0] ?? null
}

/** The end of a part is said, so that a file that was cut is told from a whole one. */
async function write(
  writer: BundleWriter,
  part: Part,
  space: Space,
  ids: readonly EntryId[],
  ch: Bytes,
): Promise<number> {
  let written = 0
  let entries: Bytes[] = []
  let size = 0
  const flush = () => {
    if (entries.length > 0) writer.add(part, { type: 'message', message: { t: 'put', ch, entries } })
    written += entries.length
    entries = []
    size = 0
  }
  for (let from = 0; from < ids.length; from += READ_AT_ONCE) {
    const some = ids.slice(from, from + READ_AT_ONCE)
    const outers = await space.log.outers(some)
    for (const outer of some.flatMap((id) => outers.get(id) ?? [])) {
      if (size + outer.length > MESSAGE_BYTES || entries.length >= MAX_IDS) flush()
      entries.push(outer)
      size += outer.length
    }
  }
  flush()
  writer.add(part, { type: 'message', message: { t: 'close', ch } })
  return written
}

const shortIds = (ids: readonly EntryId[]): Bytes =>
  concat(...ids.slice(-MAX_HAVE).map((id) => idBytes(id).subarray(0, SHORT_ID)))

const FAULTS: Readonly<Record<BundleFault, ApiError>> = {
  'not-a-bundle': { type: 'BadFile', reason: 'not-a-file' },
  'newer-version': { type: 'BadFile', reason: 'newer-version' },
  damaged: { type: 'BadFile', reason: 'damaged' },
}

/** Takes in hostile bytes. Errors: `BadFile`, `RemovedFromSpace`. Rejects only when storage refuses. */
export async function openBundle(workspace: WorkspaceContext, file: Bytes): Promise<Result<OpenedBundle, ApiError>> {
  const head = readBundleHead(file)
  if (!head.ok) return err(FAULTS[head.error])
  const { nonce, tag } = head.value
  for (const space of workspace.spaces.values()) {
    const lead = leadOf(workspace.crypto, space.record.seed, nonce)
    if (!equal(lead.tag, tag)) continue
    if (space.standing === 'removed') return err({ type: 'RemovedFromSpace' })
    return ok(await new Reading(workspace, space, head.value, lead.key).run(file))
  }
  return err({ type: 'BadFile', reason: 'not-for-here' })
}

class Reading {
  #waiting: Bytes[] = []
  #size = 0
  #entries = 0
  #fresh = 0
  #statement: Bytes | null = null
  /** Parts whose end was read. */
  readonly #ended = new Set<Part>()
  /** Records that did not open. */
  #damaged = 0
  #bodyKey: Bytes | null = null

  constructor(
    private readonly workspace: WorkspaceContext,
    private readonly space: Space,
    private readonly head: BundleHead,
    private readonly leadKey: Bytes,
  ) {}

  async run(file: Bytes): Promise<OpenedBundle> {
    let sealed = false
    for (const { part, index, sealed: box } of bundleRecords(file)) {
      if (part === 'body' && this.#bodyKey === null) {
        // The lead may bring the keys of the body.
        await this.#receive()
        this.#bodyKey = bodyKey(this.workspace.crypto, this.space.ring.secrets(), this.head)
        sealed = this.#bodyKey === null
        if (sealed) break
      }
      const key = part === 'lead' ? this.leadKey : this.#bodyKey
      this.#take(part, key === null ? null : openRecord(this.workspace.crypto, key, index, box))
      if (this.#damaged >= MOST_DAMAGED) break
      if (this.#size >= RECEIVED_BYTES) await this.#receive()
    }
    await this.#receive()
    const by = await this.#by()
    const ends: readonly Part[] = sealed ? ['lead'] : ['lead', 'body']
    return {
      space: this.space.id,
      member: by?.member ?? null,
      savedAt: by?.at ?? null,
      entries: this.#entries,
      fresh: this.#fresh,
      whole: this.#damaged === 0 && ends.every((part) => this.#ended.has(part)),
      sealed,
    }
  }

  #take(part: Part, plaintext: Bytes | null): void {
    const content = plaintext === null ? null : decodeRecord(plaintext)
    if (content === null) this.#damaged++
    else if (content.type === 'statement') this.#statement = part === 'body' ? content.bytes : null
    else if (content.message.t === 'close') this.#ended.add(part)
    else if (content.message.t === 'put') {
      this.#waiting.push(...content.message.entries)
      this.#size += content.message.entries.reduce((sum, entry) => sum + entry.length, 0)
    }
  }

  /** The same way in as for what a relay or a peer gives. */
  async #receive(): Promise<void> {
    const entries = this.#waiting
    if (entries.length === 0) return
    this.#waiting = []
    this.#size = 0
    this.#entries += entries.length
    this.#fresh += new Set(entries.map(entryId).filter((id) => !this.space.log.has(id))).size
    await this.space.receive(entries)
  }

  /** Who saved it, where a device that is or was in says so; of who is in, what she has is remembered. */
  async #by(): Promise<Statement | null> {
    const { space, workspace, head } = this
    if (this.#statement === null) return null
    const said = await readStatement(workspace.crypto, { space: space.id, nonce: head.nonce }, this.#statement)
    if (said === null || space.state.devices.get(said.device)?.member !== said.member) return null
    if (space.state.members.get(said.member)?.status === 'active' && said.device !== space.device) {
      const value = encode({ v: 1, at: workspace.env.clock.now(), have: said.have })
      await workspace.store.write([{ bucket: readersOf(space), key: said.member, value }])
    }
    return said
  }
}

interface Remembered {
  readonly at: number
  /** Hex of the beginnings of ids. */
  readonly have: ReadonlySet<string>
}

function remembered(value: Bytes | null): { readonly at: number; readonly have: Bytes } | null {
  const decoded = value === null ? null : decode(value)
  const fields = decoded?.ok === true ? (decoded.value as Readonly<Record<string, unknown>> | null) : null
  const { at, have } = fields ?? {}
  return typeof at === 'number' && have instanceof Uint8Array ? { at, have } : null
}

async function reader(workspace: WorkspaceContext, space: Space, member: MemberId): Promise<Remembered | null> {
  const known = remembered(await workspace.store.get(readersOf(space), member))
  if (known === null || space.state.members.get(member)?.status !== 'active') return null
  const hex = toHex(known.have)
  const have = new Set<string>()
  for (let at = 0; at < hex.length; at += 2 * SHORT_ID) have.add(hex.slice(at, at + 2 * SHORT_ID))
  return { at: known.at, have }
}

/** Those who are in and of whom a file was opened here, the latest first. */
export async function bundleReaders(workspace: WorkspaceContext, space: Space): Promise<readonly BundleReader[]> {
  const rows = await workspace.store.list(readersOf(space))
  return rows
    .flatMap(({ key, value }) => {
      const member = MemberId.parse(key)
      const known = remembered(value)
      if (member === null || known === null || space.state.members.get(member)?.status !== 'active') return []
      return [{ member, alias: space.aliasOf(member), at: known.at }]
    })
    .sort((a, b) => b.at - a.at)
}
