// The letters that a search, a heading or a name is compared by: without accents, case or signs that people leave out. Pure;
// never shown and never stored, but for `tidy`.
import { wellFormed } from './json.ts'

/** Without accents or case. */
export const plainLetters = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** The same, with everything that is no letter or number as one blank: "Nombre_de lucha:" is "nombre de lucha". */
export const bareLetters = (text: string): string => {
  const plain = plainLetters(text)
  return plain.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
}

/** A text as it is compared and written: line ends as `\n`, no control characters, nothing blank around it. */
export const tidy = (text: string): string =>
  wellFormed(text)
    .replace(/\r\n?/g, '\n')
    // eslint-disable-next-line no-control-regex -- these are what is taken out
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .trim()
