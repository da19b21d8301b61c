// The cloth of a space, drawn from its id: a band of five picks, a swatch, and a vertical band for timelines. The same id gives
// the same cloth on every device and in every version. Only stripes and floats: it cannot draw a figure, a letter or a flag.
// It helps to recognise a space; it proves nothing (safety words do).

const LIGHT = ['algodon', 'cempasuchil', 'coyuche'] as const
const DARK = ['achiote', 'grana', 'purpura', 'anil', 'jade', 'nopal', 'huizache'] as const
export type Dye = (typeof LIGHT)[number] | (typeof DARK)[number]

/** Threads of a swatch, each way. */
export const SWATCH = 16
const PICK = 2

interface Weave {
  readonly light: Dye
  readonly dyes: readonly [Dye, ...Dye[]]
  /** Threads between two floats of the light thread. */
  readonly rhythm: number
  readonly offset: number
  /** Threads one float passes over. */
  readonly float: number
  readonly twill: boolean
}

/** FNV-1a of the id seeds mulberry32: numbers in [0, 1), the same everywhere. For drawing only. */
function numbers(id: string): () => number {
  let hash = 2166136261
  for (const character of id) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619)
  let state = hash >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

function choose<T>(next: () => number, from: readonly [T, ...T[]]): T {
  return from[Math.floor(next() * from.length)] ?? from[0]
}

export function weaveOf(id: string): Weave {
  const next = numbers(id)
  const light: Dye = choose(next, LIGHT)
  const count = 1 + Math.floor(next() * 3)
  const dyes: [Dye, ...Dye[]] = [choose(next, DARK)]
  while (dyes.length < count) {
    const dye = choose(next, DARK)
    if (!dyes.includes(dye)) dyes.push(dye)
  }
  if (dyes.length < 3 && next() < 0.45) {
    const others = LIGHT.filter((dye) => dye !== light)
    dyes.push(choose(next, others as unknown as typeof LIGHT))
  }
  const rhythm = choose(next, [4, 6, 8])
  const offset = choose(next, [1, 2])
  return { light, dyes, rhythm, offset, float: 1 + Math.floor(next() * 2), twill: next() < 0.5 }
}

const thread = (dye: Dye) => `var(--t-${dye})`

function shift(weave: Weave, row: number): number {
  return (weave.twill ? row * weave.offset : (row % 2) * Math.ceil(weave.rhythm / 2)) % weave.rhythm
}

/** One row of the band: `ground` with floats of `cross`, as the stops of a repeating gradient. */
function stops(ground: Dye, cross: Dye, start: number, run: number, period: number): string {
  const [g, c] = [thread(ground), thread(cross)]
  const end = start + run
  if (end > period) return `${c} 0 ${end - period}px,${g} ${end - period}px ${start}px,${c} ${start}px ${period}px`
  const before = start > 0 ? `${g} 0 ${start}px,` : ''
  const after = end < period ? `,${g} ${end}px ${period}px` : ''
  return `${before}${c} ${start}px ${end}px${after}`
}

/** The value of `--cloth` (or of `--cloth-v` when `vertical`): five repeating gradients, colours from the tokens. */
export function cloth(id: string, vertical = false): string {
  const weave = weaveOf(id)
  const [a, b = a, c = b] = weave.dyes
  const period = weave.rhythm * PICK
  const layers = [a, b, c, b, a].map((ground, row) => {
    const middle = row === 2
    const run = (middle ? weave.float + 1 : weave.float) * PICK
    const cross = middle && weave.dyes.length > 2 ? a : weave.light
    const line = stops(ground, cross, shift(weave, row) * PICK, run, period)
    const at = `${row * PICK}px`
    const place = vertical ? `${at} 0/${PICK}px 100%` : `0 ${at}/100% ${PICK}px`
    return `repeating-linear-gradient(${vertical ? '180deg' : '90deg'},${line}) ${place} no-repeat`
  })
  return layers.join(',')
}

/** The colours of the swatch's rows: runs of one to four picks, light threads singly. */
function rows(id: string, weave: Weave): Dye[] {
  const next = numbers(`${id}s`)
  const dyes: [Dye, ...Dye[]] = weave.dyes.length < 2 ? [...weave.dyes, weave.light] : [...weave.dyes]
  const sequence: Dye[] = []
  let last: Dye | null = null
  while (sequence.length < SWATCH) {
    let dye = choose(next, dyes)
    if (dye === last && dyes.length > 1) dye = dyes[(dyes.indexOf(dye) + 1) % dyes.length] ?? dye
    last = dye
    const length = dye === weave.light ? 1 : 1 + Math.floor(next() * 4)
    for (let i = 0; i < length && sequence.length < SWATCH; i += 1) sequence.push(dye)
  }
  return sequence
}

/** The swatch as one SVG path for each colour, on a grid of `SWATCH` by `SWATCH`. */
export function swatch(id: string): readonly { readonly dye: Dye; readonly path: string }[] {
  const weave = weaveOf(id)
  const paths = new Map<Dye, string>()
  rows(id, weave).forEach((ground, y) => {
    const at = (x: number) => ((x + shift(weave, y)) % weave.rhythm < weave.float ? weave.light : ground)
    for (let x = 0; x < SWATCH;) {
      const dye = at(x)
      let length = 1
      while (x + length < SWATCH && at(x + length) === dye) length += 1
      paths.set(dye, `${paths.get(dye) ?? ''}M${x} ${y}h${length}v1h-${length}z`)
      x += length
    }
  })
  return [...paths].map(([dye, path]) => ({ dye, path }))
}
