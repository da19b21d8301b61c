// The engine as faces see it: the vault's life, then one workspace while it is open. Implements api.ts; every failure that
// can be expected is an answer, and nothing a face or a relay sends throws past it.
import type { DocumentId, SpaceId } from '../base/ids.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import { err, ok, type Result } from '../base/result.ts'
import { createCrypto, type Crypto } from '../crypto/index.ts'
import {
  createVault,
  decodeVault,
  encodeVault,
  estimatePassphrase,
  generateFrase,
  newRecoverySeed,
  openWithPassphrase,
  openWithRecovery,
  parseRecoveryWords,
  recoveryWords,
  rewrap,
  rewrapRecovery,
  sealedValues,
  type VaultKey,
  type VaultRecord,
} from '../identity/index.ts'
import { SealedStore } from '../storage/sealed.ts'
import type { Answer, ApiError, EngineState, Language, PassphraseEstimate } from './api.ts'
import type { EngineEnvironment } from './environment.ts'
import { PeerPage } from './peer-page.ts'
import { personRecords } from './records.ts'
import type { Space } from './space.ts'
import { viewOf } from './view.ts'
import { PERSON, Workspace } from './workspace.ts'

const VAULT = { bucket: 'vault', key: 'record' } as const
const REDRAW_MS = 40

type Listener = (state: EngineState) => void

/** The part of the engine that outlives a lock: what is stored sealed, and who listens. */
export class VaultKeeper {
  readonly crypto: Crypto
  /** There for as long as the page is, whoever is unlocked. */
  readonly peerPage = new PeerPage()
  #store: Promise<KeyValueStore>
  #record: VaultRecord | null = null
  #vaultKey: VaultKey | null = null
  #workspace: Workspace | null = null
  #listeners = new Set<Listener>()
  #cancelRedraw: (() => void) | null = null
  readonly #awaiting: (() => void)[] = []
  #turn: Promise<unknown> = Promise.resolve()

  constructor(readonly env: EngineEnvironment) {
    this.crypto = createCrypto({ subtle: env.subtle, random: env.random })
    this.#store = env.openStore()
  }

  get workspace(): Workspace | null {
    return this.#workspace
  }

  async state(): Promise<EngineState> {
    if (this.#workspace !== null) return viewOf(this.#workspace)
    const vault = (await this.#load()) === null ? 'empty' : 'locked'
    return { vault, self: null, spaces: [], joining: [], linking: [], peers: [], storageFailing: false }
  }

  async subscribe(listener: Listener): Promise<() => void> {
    this.#listeners.add(listener)
    listener(await this.state())
    return () => this.#listeners.delete(listener)
  }

  estimate(passphrase: string): PassphraseEstimate {
    const { score, reason, acceptable } = estimatePassphrase(passphrase)
    const reasons = {
      Empty: 'too-short',
      TooShort: 'too-short',
      Common: 'common',
      Repeated: 'repeated',
      Sequence: 'sequence',
      Guessable: 'few-words',
      Strong: 'ok',
    } as const
    return {
      score: acceptable ? score : (Math.min(score, 2) as 0 | 1 | 2),
      reason: reasons[reason],
      length: Array.from(passphrase).length,
    }
  }

  suggest(language: Language): string {
    return generateFrase(this.env.random, language)
  }

  create(p: { alias: string; passphrase: string; language: Language }): Answer<{ words: readonly string[] }> {
    return this.#inTurn(() => this.#create(p))
  }

  unlock(passphrase: string): Answer<void> {
    return this.#inTurn(() => this.#unlock(passphrase))
  }

  unlockWithRecovery(p: { words: string; passphrase: string }): Answer<void> {
    return this.#inTurn(() => this.#unlockWithRecovery(p))
  }

  changePassphrase(p: { from: string; to: string }): Answer<void> {
    return this.#inTurn(() => this.#changePassphrase(p))
  }

  lock(): Promise<void> {
    return this.#inTurn(() => this.#lock())
  }

  /** One after the other: two unlocks open one workspace, and a lock during an unlock locks. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(run, run)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #create(p: { alias: string; passphrase: string; language: Language }): Answer<{ words: readonly string[] }> {
    if ((await this.#load()) !== null) return err({ type: 'VaultExists' })
    const weak = this.#weak(p.passphrase)
    if (weak !== null) return err(weak)
    const recovery = newRecoverySeed(this.crypto)
    const { record, vaultKey } = await createVault(this.crypto, p.passphrase, recovery, this.env.argon2)
    const store = await this.#store
    const sealed = this.#sealed(store, vaultKey)
    const person = { v: 1, alias: p.alias.trim(), language: p.language, recovery, recoveryKitSeen: false } as const
    await sealed.write([{ ...PERSON, value: personRecords.encode(person) }])
    await store.write([{ ...VAULT, value: encodeVault(record) }])
    const opened = await this.#open(record, vaultKey)
    return opened.ok ? ok({ words: recoveryWords(this.crypto, recovery, p.language) }) : opened
  }

  async #unlock(passphrase: string): Answer<void> {
    const record = await this.#load()
    if (record === null) return err({ type: 'NoVault' })
    if (!record.ok) return record
    const key = await openWithPassphrase(this.crypto, record.value, passphrase)
    return key.ok ? this.#open(record.value, key.value) : key
  }

  async #unlockWithRecovery(p: { words: string; passphrase: string }): Answer<void> {
    const record = await this.#load()
    if (record === null) return err({ type: 'NoVault' })
    if (!record.ok) return record
    const words = parseRecoveryWords(this.crypto, p.words)
    if (!words.ok)
      return err({
        type: 'WrongRecoveryWords',
        unknownWord: words.error.type === 'UnknownWord' ? words.error.word : null,
      })
    const key = openWithRecovery(this.crypto, record.value, words.value.seed)
    if (!key.ok)
      return err(key.error.type === 'DamagedVault' ? key.error : { type: 'WrongRecoveryWords', unknownWord: null })
    const weak = this.#weak(p.passphrase)
    if (weak !== null) return err(weak)
    return this.#open(await this.#rewrap(record.value, key.value, p.passphrase), key.value)
  }

  async #changePassphrase(p: { from: string; to: string }): Answer<void> {
    const record = this.#record
    if (record === null || this.#workspace === null) return err({ type: 'Locked' })
    const key = await openWithPassphrase(this.crypto, record, p.from)
    if (!key.ok) return key
    const weak = this.#weak(p.to)
    if (weak !== null) return err(weak)
    this.#record = await this.#rewrap(record, key.value, p.to)
    return ok(undefined)
  }

  async #lock(): Promise<void> {
    const workspace = this.#workspace
    this.#workspace = null
    this.#vaultKey?.fill(0)
    this.#vaultKey = null
    await workspace?.close()
    this.changed()
  }

  /** Locks and lets go of the storage. */
  async end(): Promise<void> {
    await this.lock()
    this.peerPage.close()
    this.#cancelRedraw?.()
    this.#listeners.clear()
    await (await this.#store).close()
  }

  space(id: SpaceId): Result<{ workspace: Workspace; space: Space }, ApiError> {
    const workspace = this.#workspace
    if (workspace === null) return err({ type: 'Locked' })
    const space = workspace.spaces.get(id)
    return space === undefined ? err({ type: 'UnknownSpace' }) : ok({ workspace, space })
  }

  document(id: SpaceId, document: DocumentId): Result<{ workspace: Workspace; space: Space }, ApiError> {
    const found = this.space(id)
    if (!found.ok) return found
    return found.value.space.indexed().documents.has(document) ? found : err({ type: 'UnknownDocument' })
  }

  changed(): void {
    this.#cancelRedraw ??= this.env.clock.after(REDRAW_MS, () => {
      this.#cancelRedraw = null
      void this.#redraw().catch(() => undefined)
    })
  }

  /** Once every face was told the state of now, or a later one. */
  told(): Promise<void> {
    return new Promise((resolve) => {
      this.#awaiting.push(resolve)
      this.changed()
    })
  }

  async #redraw(): Promise<void> {
    const awaiting = this.#awaiting.splice(0)
    try {
      if (this.#listeners.size === 0) return
      const state = await this.state()
      for (const listener of this.#listeners) listener(state)
    } finally {
      for (const resolve of awaiting) resolve()
    }
  }

  async #load(): Promise<Result<VaultRecord, ApiError> | null> {
    if (this.#record !== null) return ok(this.#record)
    const bytes = await (await this.#store).get(VAULT.bucket, VAULT.key)
    if (bytes === null) return null
    const record = decodeVault(this.crypto, bytes)
    if (record.ok) this.#record = record.value
    return record
  }

  async #open(record: VaultRecord, vaultKey: VaultKey): Answer<void> {
    this.#record = record
    if (this.#workspace !== null) return ok(undefined)
    const sealed = this.#sealed(await this.#store, vaultKey)
    const bytes = await sealed.get(PERSON.bucket, PERSON.key)
    const person = bytes === null ? null : personRecords.decode(bytes)
    if (person === null) return err({ type: 'DamagedVault' })
    this.#vaultKey = vaultKey
    this.#workspace = await Workspace.open(this.env, this.crypto, sealed, person, {
      changed: () => this.changed(),
      peerPage: this.peerPage,
      rewrapKit: (seed) => this.#inTurn(() => this.#rewrapKit(seed)),
    })
    this.changed()
    return ok(undefined)
  }

  #sealed(store: KeyValueStore, vaultKey: VaultKey): SealedStore {
    return new SealedStore(store, sealedValues(this.crypto, vaultKey))
  }

  async #rewrap(record: VaultRecord, vaultKey: VaultKey, passphrase: string): Promise<VaultRecord> {
    const wrapped = await rewrap(this.crypto, record, vaultKey, passphrase, this.env.argon2)
    await (await this.#store).write([{ ...VAULT, value: encodeVault(wrapped) }])
    return wrapped
  }

  /** From now on this kit opens the vault, and no other. False: it was locked meanwhile. */
  async #rewrapKit(seed: Uint8Array): Promise<boolean> {
    if (this.#record === null || this.#vaultKey === null) return false
    const record = rewrapRecovery(this.crypto, this.#record, this.#vaultKey, seed)
    await (await this.#store).write([{ ...VAULT, value: encodeVault(record) }])
    this.#record = record
    return true
  }

  #weak(passphrase: string): ApiError | null {
    const estimate = this.estimate(passphrase)
    return estimate.score >= 3 ? null : { type: 'WeakPassphrase', reason: estimate.reason }
  }
}
