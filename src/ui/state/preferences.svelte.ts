// What this device remembers about how to show things, before and without unlocking: language, theme, when to lock. Nothing
// here says who uses it or what is kept; everything is readable by whoever holds the device, so it must stay that way.
import type { Language } from '../../engine/api.ts'

export type Theme = 'system' | 'light' | 'dark'

interface Stored {
  language: Language
  theme: Theme
  /** Minutes without a touch or a key until it locks. */
  autoLock: number
  lockOnHide: boolean
  /** There is a vault here: which of two first screens to paint before the engine answers. */
  opensHere: boolean
}

const KEY = 'preferences'
export const AUTO_LOCK_CHOICES: readonly number[] = [1, 5, 15, 60]
const DEFAULTS: Stored = { language: 'es', theme: 'system', autoLock: 5, lockOnHide: false, opensHere: false }

function systemLanguage(): Language {
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'es'
}

function read(): Stored {
  const fresh = { ...DEFAULTS, language: systemLanguage() }
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    if (typeof stored !== 'object' || stored === null) return fresh
    const s = stored as Partial<Record<keyof Stored, unknown>>
    return {
      language: s.language === 'en' || s.language === 'es' ? s.language : fresh.language,
      theme: s.theme === 'light' || s.theme === 'dark' ? s.theme : 'system',
      autoLock: typeof s.autoLock === 'number' && AUTO_LOCK_CHOICES.includes(s.autoLock) ? s.autoLock : fresh.autoLock,
      lockOnHide: s.lockOnHide === true,
      opensHere: s.opensHere === true,
    }
  } catch {
    return fresh
  }
}

export class Preferences {
  #stored = $state.raw<Stored>(read())

  get language(): Language {
    return this.#stored.language
  }
  get theme(): Theme {
    return this.#stored.theme
  }
  get autoLock(): number {
    return this.#stored.autoLock
  }
  get lockOnHide(): boolean {
    return this.#stored.lockOnHide
  }
  get opensHere(): boolean {
    return this.#stored.opensHere
  }

  set(change: Partial<Stored>): void {
    this.#stored = { ...this.#stored, ...change }
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#stored))
    } catch {
      // A full or forbidden storage: the choice holds until the page is closed.
    }
  }
}
