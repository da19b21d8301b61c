// How strong a frase secreta is, told honestly and on the device (rule CR-18), and suggestions of strong ones. An estimate
// from above what a patient guesser needs is no proof; when in doubt it counts less. Never sends or keeps what it is shown.
import { type Random } from '../base/environment.ts'
import { COMMON_PHRASES, COMMON_WORDS } from './common-passphrases.ts'
import { foldWord, wordIndex, type WordLanguage, wordList } from './words.ts'

/** What most lowers the estimate; 'Strong' when nothing does. The face has the words for each. */
export type PassphraseReason = 'Empty' | 'TooShort' | 'Common' | 'Repeated' | 'Sequence' | 'Guessable' | 'Strong'

export interface PassphraseEstimate {
  /** 0 at once, 1 minutes, 2 days, 3 acceptable, 4 strong. */
  readonly score: 0 | 1 | 2 | 3 | 4
  /** Decimal logarithm of the guesses expected. One guess costs one Argon2id. */
  readonly guessesLog10: number
  readonly reason: PassphraseReason
  /** Enough for a vault: at least four different words or 14 characters, and a score of 3. */
  readonly acceptable: boolean
}

const SCORES = [4, 7, 11, 14] as const
const MIN_LENGTH = 14
const MIN_WORDS = 4
const LIST_WORD = Math.log10(2048)
const COMMON_WORD = 2
/** Per letter of what can be pronounced: about 2.2 bits, as in running text. */
const PER_LETTER = 0.65
const LONGEST = 256
const ROWS = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', '1qaz2wsx3edc4rfv']

interface Cost {
  readonly log10: number
  readonly reason?: 'Common' | 'Repeated' | 'Sequence'
}

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}
const unleet = (text: string) => text.replace(/[013457@$!]/g, (char) => LEET[char] ?? char)

/** A run along a keyboard row, the alphabet or the digits, either way. */
function isSequence(text: string): boolean {
  if (text.length < 3) return false
  const back = Array.from(text).reverse().join('')
  return ROWS.some((row) => row.includes(text) || row.includes(back))
}

/** Some syllables repeated: `aaaa`, `jajaja`, `123123`. */
const isRepeated = (text: string) => /^(.{1,12}?)\1+$/u.test(text) && text.length > 2

const isPronounceable = (text: string) => !/[^aeiouy]{5}/.test(text) && /[aeiouy]/.test(text)

function letters(word: string): Cost {
  const brute = word.length * Math.log10(26)
  if (wordIndex('es', word) !== undefined || wordIndex('en', word) !== undefined)
    return { log10: Math.min(brute, LIST_WORD) }
  return { log10: isPronounceable(word) ? Math.min(brute, Math.max(LIST_WORD, word.length * PER_LETTER)) : brute }
}

/** A digit that goes on as the two before it went on (same step of -1, 0 or 1) surprises nobody. */
function digits(text: string): Cost {
  if (/^(19|20)\d\d$/.test(text)) return { log10: 2 }
  const step = (at: number) => (Number(text[at]) - Number(text[at - 1]) + 10) % 10
  const goesOn = (at: number) => [0, 1, 9].includes(step(at)) && (at < 2 || step(at) === step(at - 1))
  const surprises = Array.from(text).filter((_, at) => at === 0 || !goesOn(at)).length
  return text.length > 3 && surprises === 1
    ? { log10: 1.5 + Math.log10(text.length), reason: 'Sequence' }
    : { log10: surprises + 0.5 }
}

/** One run of letters, of digits or of other signs, folded. */
function tokenCost(token: string): Cost {
  if (COMMON_WORDS.has(token)) return { log10: COMMON_WORD, reason: 'Common' }
  if (isRepeated(token)) return { log10: 1.5 + Math.log10(token.length), reason: 'Repeated' }
  if (isSequence(token)) return { log10: 1.5 + Math.log10(token.length), reason: 'Sequence' }
  if (/^\d+$/.test(token)) return digits(token)
  if (/^[a-z]+$/.test(token)) return letters(token)
  return { log10: Array.from(token).length * (/^[^\p{L}]+$/u.test(token) ? 1 : 1.4) }
}

/** Guesses for the capitals: next to none for a first letter or for all of them. */
function capitals(text: string): number {
  const upper = text.match(/\p{Lu}/gu)?.length ?? 0
  const starts = text.match(/(?<!\p{L})\p{Lu}/gu)?.length ?? 0
  return upper === 0 ? 0 : upper === starts || !/\p{Ll}/u.test(text) ? 0.3 : Math.min(upper, 6) * 0.6
}

/** The sum over tokens; a token said again, and the space between words, add next to nothing. */
function sum(folded: string): { readonly log10: number; readonly worst: Cost['reason'] } {
  const seen = new Set<string>()
  let log10 = 0
  let worst: Cost['reason']
  for (const token of folded.match(/\p{L}+|\d+|[^\p{L}\d\s]+/gu) ?? []) {
    const again = seen.has(token)
    const cost: Cost = again ? { log10: 0.3, reason: 'Repeated' } : tokenCost(token)
    seen.add(token)
    log10 += cost.log10
    worst ??= cost.reason
  }
  return { log10, worst }
}

/** Whether the whole is one well-known word or phrase, perhaps in disguise or with a number or sign behind it. */
function isCommon(folded: string): boolean {
  const bare = folded.replace(/\s+/gu, '')
  const forms = [bare, unleet(bare), bare.replace(/[^a-z]+$/, ''), unleet(bare.replace(/[\d!.*#]+$/, ''))]
  const phrase = bare.replace(/[^a-z]/g, '')
  return forms.some((form) => COMMON_WORDS.has(form)) || COMMON_PHRASES.some((known) => phrase.startsWith(known))
}

export function estimatePassphrase(passphrase: string): PassphraseEstimate {
  const text = passphrase.trim().replace(/\s+/gu, ' ').slice(0, LONGEST)
  if (text === '') return { score: 0, guessesLog10: 0, reason: 'Empty', acceptable: false }
  const folded = foldWord(text)
  const common = isCommon(folded)
  const whole = isRepeated(folded) ? tokenCost(folded) : undefined
  const { log10, worst } = sum(folded)
  const total = Math.min(
    log10 + capitals(text),
    whole?.log10 ?? Infinity,
    common ? 3 + Math.log10(text.length) / 2 : Infinity,
  )
  const guessesLog10 = Math.round(total * 10) / 10
  const score = SCORES.filter((limit) => guessesLog10 >= limit).length as PassphraseEstimate['score']
  const words = new Set(folded.match(/\p{L}{3,}/gu))
  const long = Array.from(text).length >= MIN_LENGTH || words.size >= MIN_WORDS
  const acceptable = long && score >= 3
  const weakness = common ? 'Common' : (whole?.reason ?? worst ?? (long ? 'Guessable' : 'TooShort'))
  return { score, guessesLog10, acceptable, reason: acceptable ? 'Strong' : score >= 3 ? 'TooShort' : weakness }
}

/** Words one can type without accents: an accent forgotten must not lock anybody out. */
const plainWords: Readonly<Record<WordLanguage, readonly string[]>> = {
  es: wordList.es.filter((word) => foldWord(word) === word),
  en: wordList.en,
}

/** A whole number in [0, below), each as likely: what does not divide evenly is drawn again. */
function evenly(random: Random, below: number): number {
  const limit = 65_536 - (65_536 % below)
  for (;;) {
    const [high = 0, low = 0] = random.bytes(2)
    const drawn = high * 256 + low
    if (drawn < limit) return drawn % below
  }
}

/** Different words of the list, joined by spaces: about 10.7 bits each in Spanish, 11 in English. */
export function generateFrase(random: Random, language: WordLanguage, words = 6): string {
  const list = plainWords[language]
  const chosen = new Set<string>()
  while (chosen.size < Math.min(words, 24)) chosen.add(list[evenly(random, list.length)] ?? '')
  return [...chosen].join(' ')
}
