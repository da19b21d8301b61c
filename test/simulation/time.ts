// Virtual time: one ordered queue of everything that will happen, and the turn after each event in which promises settle.
// Also puts the process's own timers, date and randomness under it while a simulation runs, because libraries (automerge-repo)
// use those; gives them back afterwards. Nothing here waits for real time.
import type { Clock, Millis } from '../../src/base/environment.ts'
import type { Chance } from './chance.ts'

interface Event {
  readonly at: Millis
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

const realImmediate = setImmediate
const RealDate = Date

export class Time implements Clock {
  #now: Millis
  #order = 0
  readonly #heap: Event[] = []
  /** WebAssembly being compiled or instantiated: the one thing below us that does not settle in a turn. */
  outside = 0
  /** Events run so far. */
  ran = 0

  constructor(start: Millis) {
    this.#now = start
  }

  now(): Millis {
    return this.#now
  }

  after(delay: Millis, run: () => void): () => void {
    const wait = Number.isFinite(delay) ? Math.max(0, delay) : 0
    const event: Event = { at: this.#now + wait, order: this.#order++, run, cancelled: false }
    this.#push(event)
    return () => {
      event.cancelled = true
    }
  }

  /** Runs what is due until `deadline`, or until `done`; the time is then `deadline`, or that of the last event. */
  async until(deadline: Millis, done: () => boolean = () => false): Promise<boolean> {
    await this.settle()
    while (!done()) {
      const next = this.#heap[0]
      if (next === undefined || next.at > deadline) {
        this.#now = Math.max(this.#now, deadline)
        return done()
      }
      this.#pop()
      if (next.cancelled) continue
      this.#now = Math.max(this.#now, next.at)
      this.ran++
      next.run()
      await this.settle()
    }
    return true
  }

  run(span: Millis): Promise<boolean> {
    return this.until(this.#now + span)
  }

  /** The world slept: the time is later at once, and what fell due meanwhile happens now, in order. */
  jump(span: Millis): void {
    this.#now += span
  }

  /** Everything that needs no further event has happened. */
  async settle(): Promise<void> {
    do await new Promise<void>((resolve) => realImmediate(resolve))
    while (this.outside > 0)
  }

  #push(event: Event): void {
    const heap = this.#heap
    heap.push(event)
    for (let i = heap.length - 1; i > 0;) {
      const up = (i - 1) >> 1
      if (!before(event, heap[up] as Event)) break
      heap[i] = heap[up] as Event
      heap[up] = event
      i = up
    }
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    for (let i = 0; ;) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < heap.length && before(heap[child] as Event, heap[least] as Event)) least = child
      if (least === i) return
      const swapped = heap[i] as Event
      heap[i] = heap[least] as Event
      heap[least] = swapped
      i = least
    }
  }
}

const before = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Puts the process under `time` and `chance`; the returned function gives everything back. */
export function takeOver(time: Time, chance: Chance): () => void {
  const timers = fakeTimers(time)
  const names = [...Object.keys(timers), 'Date'] as const
  const saved = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const)
  const { random } = Math
  const own = Object.getOwnPropertyDescriptor(globalThis.crypto, 'getRandomValues')
  const { compile, instantiate } = WebAssembly
  for (const [name, value] of Object.entries({ ...timers, Date: fakeDate(time) }))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  Math.random = () => chance.fraction()
  Object.defineProperty(globalThis.crypto, 'getRandomValues', {
    configurable: true,
    writable: true,
    value: (array: Uint8Array) => {
      array.set(chance.bytes(array.byteLength))
      return array
    },
  })
  WebAssembly.compile = counted(time, compile)
  WebAssembly.instantiate = counted(time, instantiate) as typeof instantiate
  return () => {
    for (const [name, descriptor] of saved)
      if (descriptor !== undefined) Object.defineProperty(globalThis, name, descriptor)
    Math.random = random
    if (own === undefined) delete (globalThis.crypto as { getRandomValues?: unknown }).getRandomValues
    else Object.defineProperty(globalThis.crypto, 'getRandomValues', own)
    Object.assign(WebAssembly, { compile, instantiate })
  }
}

function fakeTimers(time: Time) {
  const running = new Map<number, () => void>()
  let last = 0
  const start = (delay: number, again: boolean, run: (...args: unknown[]) => void, args: unknown[]) => {
    const id = ++last
    const plan = () => {
      const cancel = time.after(delay, () => {
        if (again) plan()
        else running.delete(id)
        run(...args)
      })
      running.set(id, cancel)
    }
    plan()
    const handle = { unref: () => handle, ref: () => handle, hasRef: () => true, [Symbol.toPrimitive]: () => id }
    return handle
  }
  const stop = (handle: unknown) => {
    if (handle === undefined || handle === null) return
    const id = Number(handle)
    running.get(id)?.()
    running.delete(id)
  }
  type Run = (...args: unknown[]) => void
  return {
    setTimeout: (run: Run, delay = 0, ...args: unknown[]) => start(delay, false, run, args),
    setInterval: (run: Run, delay = 0, ...args: unknown[]) => start(Math.max(1, delay), true, run, args),
    setImmediate: (run: Run, ...args: unknown[]) => start(0, false, run, args),
    clearTimeout: stop,
    clearInterval: stop,
    clearImmediate: stop,
  }
}

function fakeDate(time: Time): DateConstructor {
  return new Proxy(RealDate, {
    construct: (target, args: unknown[], made) =>
      Reflect.construct(target, args.length === 0 ? [time.now()] : args, made) as Date,
    get: (target, name, receiver) =>
      name === 'now' ? () => time.now() : (Reflect.get(target, name, receiver) as unknown),
  })
}

function counted<A extends unknown[], T>(time: Time, run: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  return async (...args) => {
    time.outside++
    try {
      return await run(...args)
    } finally {
      // Whoever waits for this goes on in the same turn as we do.
      realImmediate(() => time.outside--)
    }
  }
}
