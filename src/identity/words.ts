// Bytes as words that people can write down and read to each other: the BIP-39 lists, in Spanish and English (rules CR-14,
// CR-15). The checksum is our own, so that a recovery kit is not a wallet and a wallet is not a recovery kit. Never
// guesses a word: says which one is not on the list.
import { wordlist as english } from '@scure/bip39/wordlists/english.js'
import { wordlist as spanish } from '@scure/bip39/wordlists/spanish.js'
import { type Bytes } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type Crypto, labels } from '../crypto/index.ts'
import { RECOVERY_SEED_LENGTH } from './recovery.ts'

export type WordLanguage = 'es' | 'en'

export type WordsError =
  | { readonly type: 'WrongCount'; readonly count: number }
  /** `position` from 1; `word` as it was typed. */
  | { readonly type: 'UnknownWord'; readonly word: string; readonly position: number }
  | { readonly type: 'WrongChecksum' }

const LANGUAGES = ['es', 'en'] as const
const BITS = 11
const RECOVERY_WORD_COUNT = 12
const SAFETY_WORD_COUNT = 8
const LONGEST_TEXT = 4096

/** 2,048 words in NFC. */
export const wordList: Readonly<Record<WordLanguage, readonly string[]>> = {
  es: spanish.map((word) => word.normalize('NFC')),
  en: english,
}

/** Lower case without accents (ñ is n, as BIP-39 has it): the lists stay unambiguous. */
export const foldWord = (word: string) => word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

const indexes: Record<WordLanguage, ReadonlyMap<string, number>> = {
  es: new Map(wordList.es.map((word, i) => [foldWord(word), i])),
  en: new Map(wordList.en.map((word, i) => [foldWord(word), i])),
}

/** Place on the list, 0 to 2047; undefined when it is not there. */
export const wordIndex = (language: WordLanguage, word: string) => indexes[language].get(foldWord(word))

/** Groups of 11 bits, most significant first. */
function toIndexes(bytes: Bytes, count: number): number[] {
  const bit = (at: number) => ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1
  return Array.from({ length: count }, (_, word) => {
    let index = 0
    for (let i = 0; i < BITS; i++) index = index * 2 + bit(word * BITS + i)
    return index
  })
}

function fromIndexes(numbers: readonly number[]): Bytes {
  const out = new Uint8Array(Math.ceil((numbers.length * BITS) / 8))
  numbers.forEach((index, word) => {
    for (let i = 0; i < BITS; i++) {
      const at = word * BITS + i
      if ((index >> (BITS - 1 - i)) & 1) out[at >> 3] = (out[at >> 3] ?? 0) | (1 << (7 - (at & 7)))
    }
  })
  return out
}

const toWords = (numbers: readonly number[], language: WordLanguage) => numbers.map((n) => wordList[language][n] ?? '')

/** Four bits of H over the seed, in the high half of a byte. */
const checksum = (crypto: Crypto, seed: Bytes) => (crypto.hash(labels.RECOVERY_WORDS, seed)[0] ?? 0) & 0xf0

/** 12 words: 128 bits of seed and 4 of checksum. */
export function recoveryWords(crypto: Crypto, seed: Bytes, language: WordLanguage): string[] {
  if (seed.length !== RECOVERY_SEED_LENGTH) throw new Error('a recovery seed has 16 bytes')
  return toWords(toIndexes(Uint8Array.of(...seed, checksum(crypto, seed)), RECOVERY_WORD_COUNT), language)
}

/** The seed of 12 words as somebody typed them: any case, accents or none, numbered or not, with commas or line breaks. */
export function parseRecoveryWords(
  crypto: Crypto,
  text: string,
): Result<{ readonly seed: Bytes; readonly language: WordLanguage }, WordsError> {
  const words = text.slice(0, LONGEST_TEXT).match(/[\p{L}\p{M}]+/gu) ?? []
  const tries = LANGUAGES.map((language) => ({ language, numbers: words.map((word) => wordIndex(language, word)) }))
  const known = (numbers: readonly (number | undefined)[]) => numbers.filter((n) => n !== undefined).length
  const best = [...tries].sort((a, b) => known(b.numbers) - known(a.numbers))[0]
  const missing = best?.numbers.indexOf(undefined) ?? -1
  if (missing >= 0) return err({ type: 'UnknownWord', word: words[missing] ?? '', position: missing + 1 })
  if (words.length !== RECOVERY_WORD_COUNT) return err({ type: 'WrongCount', count: words.length })
  for (const { language, numbers } of tries) {
    const found = numbers.filter((n) => n !== undefined)
    if (found.length !== RECOVERY_WORD_COUNT) continue
    const bytes = fromIndexes(found)
    const seed = bytes.slice(0, RECOVERY_SEED_LENGTH)
    if (bytes[RECOVERY_SEED_LENGTH] === checksum(crypto, seed)) return ok({ seed, language })
  }
  return err({ type: 'WrongChecksum' })
}

/** 8 words for the first 88 bits of a hash, to be compared over another channel. */
export function safetyWords(hash: Bytes, language: WordLanguage): string[] {
  if (hash.length < 11) throw new Error('safety words need 88 bits')
  return toWords(toIndexes(hash, SAFETY_WORD_COUNT), language)
}
