// Sets of small whole numbers (the past of an operation, by the places where operations were added) as persistent tries: a set
// shares with the one it came from all but a few nodes, so that a past for each operation costs no square of them. Never
// changes a set that somebody holds.

/** 256 numbers: sixteen words of sixteen bits. */
interface Leaf {
  readonly count: number
  readonly words: readonly number[]
}
interface Branch {
  readonly count: number
  readonly at: readonly (Trie | undefined)[]
}
type Trie = Leaf | Branch

/** `height` 0: the root is a leaf. Each level above has sixteen places. */
export interface Bits {
  readonly height: number
  readonly root: Trie | undefined
}

export const NO_BITS: Bits = { height: 0, root: undefined }

const LEAF_BITS = 8
const isLeaf = (trie: Trie): trie is Leaf => 'words' in trie
const capacity = (height: number): number => 1 << (LEAF_BITS + 4 * height)
const placeAt = (n: number, level: number): number => (n >>> (LEAF_BITS + 4 * (level - 1))) & 15

function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x5555)
  n = (n & 0x3333) + ((n >>> 2) & 0x3333)
  n = (n + (n >>> 4)) & 0x0f0f
  return (n + (n >>> 8)) & 0x1f
}

const EMPTY_WORDS: readonly number[] = new Array<number>(16).fill(0)
const EMPTY_PLACES: readonly undefined[] = new Array<undefined>(16).fill(undefined)

export const countBits = (bits: Bits): number => bits.root?.count ?? 0

export function hasBit(bits: Bits, n: number): boolean {
  if (n >= capacity(bits.height)) return false
  let trie = bits.root
  for (let level = bits.height; trie !== undefined && !isLeaf(trie); level--) trie = trie.at[placeAt(n, level)]
  return trie !== undefined && isLeaf(trie) && (((trie.words[(n >>> 4) & 15] ?? 0) >>> (n & 15)) & 1) === 1
}

function raised(bits: Bits, height: number): Bits {
  let { height: has, root } = bits
  for (; has < height; has++) {
    const at: (Trie | undefined)[] = EMPTY_PLACES.slice()
    at[0] = root
    root = root && { count: root.count, at }
  }
  return { height, root }
}

function insert(trie: Trie | undefined, n: number, level: number): Trie {
  if (level === 0) {
    const words = (trie === undefined || !isLeaf(trie) ? EMPTY_WORDS : trie.words).slice()
    words[(n >>> 4) & 15] = (words[(n >>> 4) & 15] ?? 0) | (1 << (n & 15))
    return { count: (trie?.count ?? 0) + 1, words }
  }
  const at = (trie === undefined || isLeaf(trie) ? EMPTY_PLACES : trie.at).slice()
  const place = placeAt(n, level)
  at[place] = insert(at[place], n, level - 1)
  return { count: (trie?.count ?? 0) + 1, at }
}

/** `bits` with `n`. */
export function withBit(bits: Bits, n: number): Bits {
  if (hasBit(bits, n)) return bits
  let height = bits.height
  while (n >= capacity(height)) height++
  return { height, root: insert(raised(bits, height).root, n, height) }
}

function joinLeaves(a: Leaf, b: Leaf): Leaf {
  const words = a.words.map((word, i) => word | (b.words[i] ?? 0))
  const count = words.reduce((sum, word) => sum + ones(word), 0)
  return count === a.count ? a : count === b.count ? b : { count, words }
}

function join(a: Trie | undefined, b: Trie | undefined): Trie | undefined {
  if (a === b || b === undefined) return a
  if (a === undefined) return b
  if (isLeaf(a) || isLeaf(b)) return isLeaf(a) && isLeaf(b) ? joinLeaves(a, b) : a
  const at = a.at.map((child, i) => join(child, b.at[i]))
  const count = at.reduce((sum, child) => sum + (child?.count ?? 0), 0)
  return count === a.count ? a : count === b.count ? b : { count, at }
}

/** What is in either. The same object as one of them where that holds all. */
export function union(a: Bits, b: Bits): Bits {
  const height = Math.max(a.height, b.height)
  const [one, other] = [raised(a, height), raised(b, height)]
  const root = join(one.root, other.root)
  if (root === a.root && height === a.height) return a
  return root === b.root && height === b.height ? b : { height, root }
}

function without(trie: Trie | undefined, less: Trie | undefined, from: number, level: number): number {
  if (trie === undefined || trie.count === less?.count) return -1
  if (!isLeaf(trie)) {
    const step = capacity(level - 1)
    for (let i = 15; i >= 0; i--) {
      const found = without(
        trie.at[i],
        less === undefined || isLeaf(less) ? undefined : less.at[i],
        from + i * step,
        level - 1,
      )
      if (found >= 0) return found
    }
    return -1
  }
  for (let i = 15; i >= 0; i--) {
    const word = (trie.words[i] ?? 0) & ~(less !== undefined && isLeaf(less) ? (less.words[i] ?? 0) : 0)
    if (word !== 0) return from + 16 * i + 31 - Math.clz32(word)
  }
  return -1
}

/** The highest number in `bits` that is not in `part`, all of which is in `bits`; -1 when there is none. */
export function highestOutside(bits: Bits, part: Bits): number {
  return without(bits.root, raised(part, bits.height).root, 0, bits.height)
}

function collect(trie: Trie | undefined, without: Trie | undefined, from: number, level: number, out: number[]): void {
  if (trie === undefined || trie === without) return
  if (!isLeaf(trie)) {
    const minus = without === undefined || isLeaf(without) ? EMPTY_PLACES : without.at
    const step = capacity(level - 1)
    for (const [i, child] of trie.at.entries()) collect(child, minus[i], from + i * step, level - 1, out)
    return
  }
  const minus = without !== undefined && isLeaf(without) ? without.words : EMPTY_WORDS
  for (const [i, word] of trie.words.entries()) {
    for (let left = word & ~(minus[i] ?? 0); left !== 0; left &= left - 1) {
      out.push(from + 16 * i + 31 - Math.clz32(left & -left))
    }
  }
}

/** The numbers in `bits` that are not in `without`, ascending. */
export function listBits(bits: Bits, without: Bits = NO_BITS): number[] {
  const out: number[] = []
  const height = Math.max(bits.height, without.height)
  collect(raised(bits, height).root, raised(without, height).root, 0, height, out)
  return out
}
