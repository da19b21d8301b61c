// How people write the twelve words of a kit: numbered as on paper, with commas, on several lines. Owns tidying and counting;
// which words exist, and whose they are, the engine knows.

export const KIT_WORDS = 12

/** The words alone, separated by single spaces: numbers, dots, commas and dashes of a paper's list left out. */
export function tidyWords(typed: string): string {
  return typed
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}]+/gu, ' ')
    .trim()
    .toLowerCase()
}

export function countWords(typed: string): number {
  const tidy = tidyWords(typed)
  return tidy === '' ? 0 : tidy.split(' ').length
}
