// One open document: finds it in the page's Repo, writes as the engine's actor, holds its latest state for the screen (at
// most one refresh a frame) and its text bindings. Must never write before the actor is set, and commits what is being
// typed before it lets the document go. Rules: one change per tick, DOC-2 and DOC-9 by documents/changes.
import { next as A } from '@automerge/automerge/slim'
import type { DocHandle, DocHandleChangePayload } from '@automerge/automerge-repo/slim'
import type { Clock } from '../../base/environment.ts'
import type { DocumentId, SpaceId } from '../../base/ids.ts'
import { insertItem, removeItem, setValue, spliceText, type Change } from '../../documents/changes.ts'
import { criticalConflicts, decide, type CriticalConflict } from '../../documents/conflicts.ts'
import { toJson, type Json } from '../../documents/json.ts'
import type { EngineApi } from '../../engine/api.ts'
import { changeRich, piecesOf } from '../../documents/rich-text.ts'
import type { Rich, RichDelta } from '../../documents/rich-text/delta.ts'
import { giveFormats, keptFormats } from '../../documents/rich-text/kept.ts'
import { changesOf, concerns, MOST_AT_ONCE, richIn, splicesAt } from './document-texts.ts'
import { readAt, resolvePath, type FieldPath, type PlainPath } from './document-path.ts'
import { type Company, TextBinding, type TextElement } from '../document/text-binding.ts'
import type { Splice } from '../document/text-delta.ts'
import type { PageRepo } from './repo.ts'

/** Delay until conflicts are looked for, in ms. */
const SEARCH_AFTER = 250

export type Content = Record<string, unknown>
export type Opening = 'opening' | 'open' | 'missing' | 'failed'

export interface DocumentPlace {
  readonly space: SpaceId
  readonly document: DocumentId
}

export interface OpenOptions {
  readonly api: EngineApi
  readonly repo: () => Promise<PageRepo>
  readonly place: DocumentPlace
  readonly company: (field: FieldPath) => Company
  /** A change was refused or failed; what was typed stays on the screen. */
  readonly onRefused: () => void
}

/** What ties a field of the page to a text of the document. */
interface Binding {
  readonly pending: boolean
  flush(): void
  beforeRemote(): void
  sourceChanged(splices: readonly Splice[]): void
  close(): void
}

interface Bound {
  readonly binding: Binding
  readonly path: FieldPath
}

export interface RichHow {
  readonly clock: Clock
  readonly company: () => Company
  readonly onTyped: () => void
}
export interface RichPlace {
  read(): Rich | null
  write(delta: RichDelta): boolean
}

export const pageClock: Clock = {
  now: () => Date.now(),
  after(delay, run) {
    const timer = setTimeout(run, delay)
    return () => clearTimeout(timer)
  },
}

export class OpenDocument {
  content = $state.raw<Content>({})
  /** Critical fields with two values; found a moment after each change, for large documents take a while to search. */
  conflicts = $state.raw<readonly CriticalConflict[]>([])
  opening = $state<Opening>('opening')
  writable = $state(false)
  /** Something typed or changed here is not in the engine's hands yet, or was not until a moment ago. */
  unsettled = $state(false)

  private handle: DocHandle<Content> | null = null
  private bound: readonly Bound[] = []
  private patches: A.Patch[] = []
  private frame: (() => void) | null = null
  private search: (() => void) | null = null
  private closed = false
  private asking = false
  private stopHook: (() => void) | null = null

  constructor(private readonly options: OpenOptions) {}

  async open(): Promise<void> {
    this.opening = 'opening'
    const answer = await this.options.api.openDocument(this.options.place).catch(() => null)
    if (answer?.ok !== true) {
      this.opening = answer?.error.type === 'UnknownDocument' ? 'missing' : 'failed'
      return
    }
    try {
      const page = await this.options.repo()
      const handle = await page.repo.find<Content>(answer.value.url as Parameters<typeof page.repo.find>[0])
      if (this.closed) return
      this.start(page, handle, answer.value)
    } catch {
      this.opening = 'missing'
    }
  }

  private start(page: PageRepo, handle: DocHandle<Content>, how: { actor: string; writable: boolean }): void {
    if (how.writable) handle.update((doc) => A.clone(doc, { actor: how.actor }))
    this.handle = handle
    handle.on('change', this.onChange)
    this.stopHook = page.beforeRemote(() => {
      for (const { binding } of this.bound) binding.beforeRemote()
    })
    this.content = handle.doc()
    this.writable = how.writable
    this.opening = 'open'
    this.conflicts = criticalConflicts(this.content)
  }

  private readonly onChange = (payload: DocHandleChangePayload<Content>): void => {
    this.patches.push(...payload.patches)
    if (this.frame !== null) return
    const run = (): void => this.refresh()
    if (document.hidden) this.frame = pageClock.after(50, run)
    else {
      const request = requestAnimationFrame(run)
      this.frame = () => cancelAnimationFrame(request)
    }
  }

  private refresh(): void {
    this.frame = null
    const patches = this.patches
    this.patches = []
    if (this.handle === null) return
    this.content = this.handle.doc()
    this.search ??= pageClock.after(SEARCH_AFTER, () => {
      this.search = null
      this.conflicts = criticalConflicts(this.content)
    })
    for (const { binding, path } of this.bound)
      if (concerns(path, patches)) binding.sourceChanged(splicesAt(resolvePath(this.content, path), patches))
  }

  /** Ties a field of the page to the text at `path`. The answer commits and unties. */
  bindText(
    element: TextElement,
    path: FieldPath,
    options: { singleLine: boolean; onValue?: (value: string) => void },
  ): () => void {
    const source = {
      read: () => this.textAt(path),
      write: (splices: readonly Splice[]) => this.writeText(path, splices),
    }
    const company = () => this.options.company(path)
    const onTyped = (): void => void this.settle()
    return this.bind(path, new TextBinding(element, source, { clock: pageClock, company, onTyped, ...options }))
  }

  /** Ties an editor to the formatted text at `path`; `make` is given the text and says how it is tied. */
  bindRich(path: FieldPath, make: (place: RichPlace, how: RichHow) => Binding): () => void {
    const place = {
      read: () => (this.handle === null ? null : richIn(this.handle.doc(), path)),
      write: (delta: RichDelta) => this.writeRich(path, delta),
    }
    const company = (): Company => this.options.company(path)
    return this.bind(path, make(place, { clock: pageClock, company, onTyped: () => void this.settle() }))
  }

  /** The formatted text at `path`, as it was last drawn. */
  richAt(path: FieldPath): Rich {
    return richIn(this.content, path) ?? []
  }

  private bind(path: FieldPath, binding: Binding): () => void {
    const bound = { binding, path }
    this.bound = [...this.bound, bound]
    return () => {
      this.bound = this.bound.filter((other) => other !== bound)
      binding.close()
      void this.settle()
    }
  }

  /** Says that something is on its way to the engine until it is there; what is only typed so far asks again when it is committed. */
  private async settle(): Promise<void> {
    const { api, place } = this.options
    this.unsettled = true
    if (this.asking) return
    this.asking = true
    while (this.handle !== null && !this.isPending()) {
      const heads = A.getHeads(this.handle.doc())
      if (!(await api.settled({ ...place, heads }).catch(() => false))) break
      if (this.isAt(heads)) {
        this.unsettled = this.isPending()
        break
      }
    }
    this.asking = false
  }

  private isAt(heads: A.Heads): boolean {
    return this.handle === null || A.getHeads(this.handle.doc()).join() === heads.join()
  }

  private isPending(): boolean {
    return this.bound.some(({ binding }) => binding.pending)
  }

  private textAt(path: FieldPath): string | null {
    const value = this.handle === null ? undefined : readAt(this.handle.doc(), path)
    return typeof value === 'string' ? value : null
  }

  /** One change, unless it is a long paste: one change travels in one entry, and an entry has a limit. */
  private writeText(path: FieldPath, splices: readonly Splice[]): boolean {
    return changesOf(splices).every((some) =>
      this.change((doc) => {
        const plain = resolvePath(doc, path)
        if (plain === null) throw new Error('gone')
        for (const { index, remove, insert } of some) {
          const spliced = spliceText(doc, plain, index, remove, insert)
          if (!spliced.ok) return spliced
        }
        return null
      }),
    )
  }

  private writeRich(path: FieldPath, delta: RichDelta): boolean {
    return piecesOf(delta, MOST_AT_ONCE).every((piece) =>
      this.change((doc) => {
        const plain = resolvePath(doc, path)
        if (plain === null) throw new Error('gone')
        return changeRich(doc, plain, piece)
      }),
    )
  }

  /** One Automerge change; a refusal is told once and leaves the document as it was. */
  private change(run: (doc: Content) => Change | null): boolean {
    if (this.handle === null || !this.writable) return false
    try {
      this.handle.change((doc) => {
        const done = run(doc)
        if (done !== null && !done.ok) throw new Error(done.error.type)
      })
      void this.settle()
      return true
    } catch {
      this.options.onRefused()
      return false
    }
  }

  private changeAt(path: FieldPath, run: (doc: Content, plain: PlainPath) => Change): void {
    this.commit()
    this.change((doc) => {
      const plain = resolvePath(doc, path)
      return plain === null ? null : run(doc, plain)
    })
  }

  set(path: FieldPath, value: Json): void {
    this.changeAt(path, (doc, plain) => setValue(doc, plain, value))
  }

  setAll(path: FieldPath, values: Readonly<Record<string, Json>>): void {
    this.changeAt(path, (doc, plain) => {
      let last: Change = { ok: true, value: null }
      for (const [name, value] of Object.entries(values)) {
        last = setValue(doc, [...plain, name], value)
        if (!last.ok) return last
      }
      return last
    })
  }

  /** Settles a critical field set apart on `value`. */
  decide(path: PlainPath, value: Json): void {
    this.commit()
    this.change((doc) => decide(doc, path, value))
  }

  insert(list: FieldPath, index: number, value: Json): void {
    this.changeAt(list, (doc, plain) => insertItem(doc, plain, index, value))
  }

  /** Changes one after the other, the page alive between two; answers how many were done before one was refused. */
  async steps(steps: readonly ((doc: Content) => Change)[], told: (done: number) => void): Promise<number> {
    this.commit()
    for (const [i, step] of steps.entries()) {
      if (!this.change(step)) return i
      told(i + 1)
      await new Promise<void>((resolve) => void pageClock.after(0, resolve))
    }
    return steps.length
  }

  /** Takes the item out; the answer puts it back with the same words, if it was there. */
  remove(item: FieldPath): (() => void) | null {
    this.commit()
    const plain = this.handle === null ? null : resolvePath(this.handle.doc(), item)
    const index = plain?.at(-1)
    if (plain === null || typeof index !== 'number') return null
    const list = item.slice(0, -1)
    const kept = toJson(readAt(this.handle?.doc(), item))
    const formats = this.handle === null ? [] : keptFormats(this.handle.doc(), plain)
    this.change((doc) => removeItem(doc, plain.slice(0, -1), index))
    return () => {
      const now = readAt(this.handle?.doc(), list)
      const to = Math.min(index, Array.isArray(now) ? now.length : 0)
      this.changeAt(list, (doc, at) => {
        const done = insertItem(doc, at, to, kept)
        return done.ok ? giveFormats(doc, [...at, to], formats) : done
      })
    }
  }

  /** Resolves when `content` holds everything changed so far. */
  async shown(): Promise<void> {
    if (this.frame !== null) {
      this.frame()
      this.refresh()
    }
    await Promise.resolve()
  }

  /** Commits what is being typed anywhere in the document. */
  commit(): void {
    for (const { binding } of this.bound) binding.flush()
  }

  async close(): Promise<void> {
    this.closed = true
    this.commit()
    this.frame?.()
    this.search?.()
    this.stopHook?.()
    this.handle?.off('change', this.onChange)
    this.handle = null
    await this.options.api.closeDocument(this.options.place)
  }
}
