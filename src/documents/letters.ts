// The letters that a search, a heading or a name is compared by: without accents, case or signs that people leave out. Pure;
// never shown and never stored.

/** Without accents or case. */
export const plainLetters = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** The same, with everything that is no letter or number as one blank: "Nombre_de lucha:" is "nombre de lucha". */
export const bareLetters = (text: string): string => {
  const plain = plainLetters(text)
  return plain.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
}
