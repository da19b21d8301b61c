// The page's side of the engine: who holds it among tabs, starting it, its state, locking and quick exit. Keys never come
// here. What every view and editor needs is `useApp()`. Must never show a name or a count once the vault is locked.
import { getContext, setContext } from 'svelte'
import type { Answer, ApiError, EngineApi, EngineState, Language } from '../../engine/api.ts'
import type { Millis } from '../../base/environment.ts'
import { err, type Result } from '../../base/result.ts'
import { type ShellTranslate, shellTranslator } from '../i18n/shell.ts'
import { isRelayLink } from './carriers.ts'
import { type Claim, claimEngine } from './claim.ts'
import { deviceKind } from './device-kind.ts'
import { Preferences } from './preferences.svelte.ts'
import type { EngineProcess } from './process.ts'
import type { PageRepo } from './repo.ts'
import { type Route, Router } from './router.svelte.ts'
import { shiftThrice } from './shift.ts'

/** `starting` shows what can be shown without an engine; `elsewhere`: another tab holds it. */
export type Standing = 'starting' | 'running' | 'elsewhere' | 'insecure'

/** The engine broke, or was ended, before it answered. */
export type Unanswered = { readonly type: 'Unanswered' }

export interface Toast {
  readonly text: string
  readonly action?: { readonly label: string; run(): void }
}

const LOCK_PATIENCE = 3_000
const ANSWER_PATIENCE = 45_000
const TICK = 15_000
/** The page's Repo sends what was just committed within 100 ms: time for it to reach the engine. */
const SETTLING = 200

/** Settles with `promise`, or with null after `ms`. */
async function within<T>(promise: Promise<T>, ms: Millis): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export class App {
  readonly preferences = new Preferences()
  readonly router = new Router()
  standing = $state<Standing>('starting')
  /** What the engine last said; null until it first speaks. */
  state = $state.raw<EngineState | null>(null)
  /** The engine broke and was started again: said once on the unlock screen. */
  restarted = $state(false)
  /** The engine has not answered for a long while. */
  silent = $state(false)
  toast = $state.raw<Toast | null>(null)
  /** How many sheets are open: what is said meanwhile is said in them, all else being out of reach. */
  sheets = $state(0)
  /** The recovery words just made, until they are written down and checked; `making` while the vault is being made. */
  kit = $state.raw<readonly string[] | 'making' | null>(null)
  /**
   * The recovery words of a place that is being joined to another device of hers, whose kit it takes over: shown only if that comes to
   * nothing, or if something here is about to depend on them.
   */
  heldKit = $state.raw<readonly string[] | null>(null)
  /** This device has taken over the kit that she has on paper. */
  onePaper = $state(false)
  /** The invitation this page was opened with, until someone uses it. */
  invitation = $state.raw<string | null>(null)
  /** A newer build waits; calling it reloads the page with it. */
  update = $state.raw<(() => void) | null>(null)
  /** For times said in words; moves every quarter of a minute. */
  now = $state<Millis>(Date.now())
  readonly t: ShellTranslate = shellTranslator(() => this.language)

  readonly #startProcess: () => EngineProcess
  /** Whoever waits for an answer of the present engine: told when it is ended. */
  #waiting: readonly (() => void)[] = []
  #process: EngineProcess | null = null
  #claim: Claim | null = null
  #repo: Promise<PageRepo> | null = null
  #locking = false
  #ready: Promise<void>
  #setReady: () => void = () => undefined
  #lastTouch = Date.now()

  constructor(startProcess: () => EngineProcess) {
    this.#startProcess = startProcess
    this.#ready = this.#awaitLaunch()
  }

  #awaitLaunch(): Promise<void> {
    return new Promise((resolve) => {
      this.#setReady = resolve
    })
  }

  /** The engine. Only once it runs: before, `await ready()`. */
  get api(): EngineApi {
    if (this.#process === null) throw new Error('the engine was asked before it was started')
    return this.#process.api
  }

  /**
   * Asks the engine, and always gets an answer: when it breaks, throws or is ended meanwhile, `Unanswered`, so that no form
   * waits for ever.
   */
  async ask<T>(request: (api: EngineApi) => Answer<T>): Promise<Result<T, ApiError | Unanswered>> {
    await this.#ready
    const unanswered = err<Unanswered>({ type: 'Unanswered' })
    let ended = (): void => undefined
    const ending = new Promise<typeof unanswered>((resolve) => {
      ended = () => resolve(unanswered)
    })
    this.#waiting = [...this.#waiting, ended]
    try {
      return await Promise.race([request(this.api), ending])
    } catch {
      return unanswered
    } finally {
      this.#waiting = this.#waiting.filter((other) => other !== ended)
    }
  }

  /** Resolves when this tab has an engine. */
  ready(): Promise<void> {
    return this.#ready
  }

  /** The page's Repo; the first call loads Automerge. */
  get repo(): Promise<PageRepo> {
    const process = this.#process
    if (process === null) throw new Error('the page has no Repo without an engine')
    this.#repo ??= import('./repo.ts').then(({ openRepo }) => {
      const { port1, port2 } = new MessageChannel()
      process.attachRepo(port2)
      return openRepo(port1)
    })
    // What could not be loaded is tried again with the next document.
    this.#repo.catch(() => {
      this.#repo = null
    })
    return this.#repo
  }

  get language(): Language {
    return this.preferences.language
  }

  navigate(route: Route): void {
    this.#quiet()
    this.router.go(route)
  }

  /** Instead of the present screen: the back button will not return to it. */
  replace(route: Route): void {
    this.#quiet()
    this.router.replace(route)
  }

  /** What was said about the screen before would cover the next one; a way back (undo) stays. */
  #quiet(): void {
    if (this.toast?.action === undefined) this.toast = null
  }

  notify(text: string, action?: Toast['action']): void {
    this.toast = action === undefined ? { text } : { text, action }
  }

  /** Starts everything; the answer stops the listeners (the page keeps them for as long as it lives). */
  start(): () => void {
    this.#takeInvitation()
    const stops = [this.router.start(), this.#watchPage()]
    if (!isSecureContext || !('locks' in navigator) || !('subtle' in crypto)) this.standing = 'insecure'
    else {
      this.#claim = claimEngine((stolen) => this.#handOver(stolen))
      void this.#begin(false)
    }
    return () => {
      for (const stop of stops) stop()
      this.#drop()
      this.#claim?.release()
    }
  }

  /** Takes the engine over from the tab that holds it. */
  async useHere(): Promise<void> {
    await this.#begin(true)
  }

  async #begin(ask: boolean): Promise<void> {
    const mine = (await this.#claim?.take(ask)) ?? false
    if (mine) this.#launch()
    else this.standing = 'elsewhere'
  }

  #launch(): void {
    const process = this.#startProcess()
    this.#process = process
    this.standing = 'running'
    this.silent = false
    this.#nameDevice()
    process.onCrash(() => {
      if (this.#process === process) this.restart()
    })
    const listener = process.listener((state: EngineState) => {
      if (this.#process === process) this.#heard(state)
    })
    process.api.subscribe(listener).catch(() => undefined)
    this.#setReady()
  }

  #heard(state: EngineState): void {
    // What the engine still says while it is being locked shows nothing.
    if (this.#locking) return
    const was = this.state
    const before = was?.vault
    this.state = state
    this.silent = false
    if (state.vault !== 'empty' && !this.preferences.opensHere) this.preferences.set({ opensHere: true })
    if (state.vault === 'empty' && this.preferences.opensHere) this.preferences.set({ opensHere: false })
    if (was !== null) this.#welcome(was, state)
    if (this.heldKit !== null && state.self?.recoveryKitSeen === true) {
      this.heldKit = null
      this.onePaper = true
    }
    if (before === 'unlocked' && state.vault !== 'unlocked') this.router.reset()
    if (before !== 'unlocked' && state.vault === 'unlocked') this.#opened(state)
  }

  /** A knock was answered: from where she waits, the space opens by itself; elsewhere it is said. */
  #welcome(was: EngineState, now: EngineState): void {
    const entered = now.spaces.find(
      ({ id }) => was.joining.some((knock) => knock.space === id) && !was.spaces.some((space) => space.id === id),
    )
    if (entered === undefined) return
    const route = { name: 'space', space: entered.id, tab: 'documents' } as const
    const waits = ['join', 'waiting'].includes(this.router.route.name)
    if (waits) this.router.replace(route)
    this.notify(this.t('inside'), waits ? undefined : { label: this.t('openSpace'), run: () => this.router.go(route) })
  }

  #opened(state: EngineState): void {
    this.#lastTouch = Date.now()
    this.restarted = false
    if (state.self !== null && state.self.language !== this.language) {
      this.preferences.set({ language: state.self.language })
      this.#nameDevice()
    }
    void navigator.storage?.persist?.().catch(() => false)
    this.#useInvitation()
  }

  #useInvitation(): void {
    if (this.invitation === null) return
    const link = this.invitation
    this.router.go(isRelayLink(link) ? { name: 'take-relay', link } : { name: 'join', link })
    this.invitation = null
  }

  #drop(): void {
    this.#repo?.then((repo) => repo.close()).catch(() => undefined)
    this.#repo = null
    this.#process?.end()
    this.#process = null
    for (const ended of this.#waiting) ended()
    this.state = null
    this.toast = null
    this.kit = this.heldKit = null
    this.onePaper = false
  }

  /** A place was made that is to take over the kit of another device. */
  holdKit(words: readonly string[]): void {
    this.heldKit = words
    this.kit = null
  }

  /** They are needed after all: to be written down now. */
  showHeldKit(): void {
    this.kit = this.heldKit
    this.heldKit = null
  }

  /** `stolen`: another engine writes already, so this one must not; what it had is found by the other. */
  async #handOver(stolen: boolean): Promise<void> {
    const process = this.#process
    this.router.reset()
    this.standing = 'elsewhere'
    if (!stolen) {
      await this.#settle()
      if (process !== null)
        await within(
          process.api.flush().catch(() => undefined),
          LOCK_PATIENCE,
        )
    }
    this.#drop()
  }

  async #settle(): Promise<void> {
    if (this.#repo !== null) await new Promise((resolve) => setTimeout(resolve, SETTLING))
  }

  /** Ends the engine and starts another; whoever was inside unlocks again. */
  restart(): void {
    this.#drop()
    this.router.reset()
    this.restarted = true
    this.#launch()
  }

  /** Writes everything, forgets the keys, and shows the unlock screen. */
  async lock(): Promise<void> {
    const process = this.#process
    if (process === null || this.state?.vault !== 'unlocked') return
    this.#locking = true
    // Who unlocks at once is answered by the next engine, not by the one that is ending.
    this.#ready = this.#awaitLaunch()
    try {
      this.router.reset()
      this.state = null
      await this.#settle()
      // Whatever the engine says, it ends now and its keys with it.
      await within(
        process.api.lock().catch(() => undefined),
        LOCK_PATIENCE,
      )
    } finally {
      this.#locking = false
    }
    if (this.#process !== process) return
    this.#drop()
    this.#launch()
  }

  /** For spaces that are made or joined from now on; she may call it otherwise in each. */
  #nameDevice(): void {
    this.#process?.called(this.t(`deviceKind_${deviceKind()}`))
  }

  async setLanguage(language: Language): Promise<void> {
    this.preferences.set({ language })
    this.#nameDevice()
    if (this.state?.vault === 'unlocked') await this.api.setLanguage(language)
  }

  /** Blank at once, keys gone with the worker, then a page that says nothing. What was typed in the last half second may be lost. */
  quickExit(): void {
    document.documentElement.replaceChildren()
    this.#process?.end()
    location.replace('/nota.html')
  }

  /** An invitation travels in the fragment, which no server sees; it is taken out of the address bar at once. */
  #takeInvitation(): void {
    if (location.hash.length < 2) return
    this.invitation = location.href
    history.replaceState(null, '', location.pathname)
  }

  #watchPage(): () => void {
    const touched = () => {
      this.#lastTouch = Date.now()
    }
    const shown = () => {
      if (document.visibilityState === 'visible') this.#tick()
      else if (this.preferences.lockOnHide) void this.lock()
      else this.#flush()
    }
    const hashed = () => {
      this.#takeInvitation()
      if (this.state?.vault === 'unlocked') this.#useInvitation()
    }
    const shift = shiftThrice(() => this.quickExit())
    const timer = setInterval(() => this.#tick(), TICK)
    const leaving = () => this.#flush()
    const failed = () => this.notify(this.t('failed'))
    addEventListener('unhandledrejection', failed)
    for (const name of ['pointerdown', 'keydown', 'wheel', 'touchmove'])
      addEventListener(name, touched, { passive: true })
    document.addEventListener('visibilitychange', shown)
    addEventListener('pagehide', leaving)
    addEventListener('hashchange', hashed)
    addEventListener('keydown', shift, { capture: true })
    return () => {
      for (const name of ['pointerdown', 'keydown', 'wheel', 'touchmove']) removeEventListener(name, touched)
      document.removeEventListener('visibilitychange', shown)
      removeEventListener('pagehide', leaving)
      removeEventListener('hashchange', hashed)
      removeEventListener('unhandledrejection', failed)
      removeEventListener('keydown', shift, { capture: true })
      clearInterval(timer)
    }
  }

  #flush(): void {
    if (this.state?.vault === 'unlocked') this.#process?.api.flush().catch(() => undefined)
  }

  #tick(): void {
    this.now = Date.now()
    if (this.state?.vault === 'unlocked' && this.now - this.#lastTouch > this.preferences.autoLock * 60_000) {
      void this.lock()
      return
    }
    void this.#listenForLife()
  }

  async #listenForLife(): Promise<void> {
    const process = this.#process
    if (process === null || document.visibilityState !== 'visible') return
    const answer = await within(process.api.state(), ANSWER_PATIENCE)
    if (this.#process === process) this.silent = answer === null
  }
}

const CONTEXT = Symbol('app')

export function provideApp(app: App): void {
  setContext(CONTEXT, app)
}

/** The app, in any component below the root: `{api, state, repo, language, t, navigate, notify, now, ...}`. */
export function useApp(): App {
  return getContext<App>(CONTEXT)
}
