// A text field and a clock without a browser, for tests of bindings. Owns no rule; behaves like `<textarea>` where the
// binding looks: value, selection, events. Never used by the app.
import type { TextElement } from '../../src/ui/document/text-binding.ts'

export class FakeField implements TextElement {
  selectionStart = 0
  selectionEnd = 0
  selectionDirection: 'forward' | 'backward' | 'none' = 'none'
  scrollTop = 0
  /** How often the value was set from outside. */
  writes = 0
  private text = ''
  private readonly listeners = new Map<string, Set<() => void>>()

  get value(): string {
    return this.text
  }

  set value(text: string) {
    this.writes += 1
    this.text = text.replace(/\r\n?/g, '\n')
    this.setSelectionRange(this.text.length, this.text.length)
  }

  setSelectionRange(start: number, end: number, direction: 'forward' | 'backward' | 'none' = 'none'): void {
    this.selectionStart = Math.min(start, this.text.length)
    this.selectionEnd = Math.min(end, this.text.length)
    this.selectionDirection = direction
  }

  addEventListener(type: string, listener: () => void): void {
    this.listeners.set(type, (this.listeners.get(type) ?? new Set()).add(listener))
  }

  removeEventListener(type: string, listener: () => void): void {
    this.listeners.get(type)?.delete(listener)
  }

  fire(type: string): void {
    for (const listener of this.listeners.get(type) ?? []) listener()
  }

  /** Types over the selection, or removes it. */
  type(text: string): void {
    const [start, end] = [this.selectionStart, this.selectionEnd]
    this.text = this.text.slice(0, start) + text + this.text.slice(end)
    this.setSelectionRange(start + text.length, start + text.length)
    this.fire('input')
  }
}

export class FakeClock {
  private time = 0
  private waiting: { at: number; run: () => void }[] = []

  now(): number {
    return this.time
  }

  after(delay: number, run: () => void): () => void {
    const entry = { at: this.time + delay, run }
    this.waiting.push(entry)
    return () => {
      this.waiting = this.waiting.filter((other) => other !== entry)
    }
  }

  advance(milliseconds: number): void {
    this.time += milliseconds
    const due = this.waiting.filter((entry) => entry.at <= this.time)
    this.waiting = this.waiting.filter((entry) => entry.at > this.time)
    for (const entry of due) entry.run()
  }

  get scheduled(): number {
    return this.waiting.length
  }
}
