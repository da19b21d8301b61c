// How often a property is tried: the same lives in every run of `npm test`, so that what passes once passes again; ten thousand new
// ones with SLOW=1, as many as RUNS says with RUNS; from SEED on where that is given. Owns no property.
export const SLOW = process.env['SLOW'] === '1'
const RUNS = process.env['RUNS']
const SEED = process.env['SEED']

/** fast-check's parameters; `few`: cases in the default run. */
export function runs(few: number, many = 10_000): { numRuns: number; seed?: number } {
  const seed = SEED === undefined ? {} : { seed: Number(SEED) }
  if (SLOW) return { numRuns: many, ...seed }
  return RUNS === undefined ? { numRuns: few, seed: 20_261_120, ...seed } : { numRuns: Number(RUNS), ...seed }
}

/** How long a property may take, where the default cases take at most `few` milliseconds. */
export const within = (few: number): number => (SLOW || RUNS !== undefined ? 36_000_000 : few)
