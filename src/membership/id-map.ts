// A persistent map from hexadecimal ids: setting gives a new map that shares all but a few nodes with the old one, so that
// a state per operation stays cheap. Iterates in ascending order of the ids. Never changes a map that somebody holds.

interface Leaf<V> {
  readonly key: string
  readonly value: V
}
interface Branch<V> {
  /** Sixteen places, one per nibble. */
  readonly at: readonly (Node<V> | undefined)[]
}
type Node<V> = Leaf<V> | Branch<V>

const isLeaf = <V>(node: Node<V>): node is Leaf<V> => 'key' in node
/** Of a lower-case hexadecimal digit. */
const nibble = (key: string, depth: number): number => {
  const code = key.charCodeAt(depth)
  return code < 58 ? code - 48 : code - 87
}

function withChild<V>(branch: Branch<V>, index: number, child: Node<V>): Branch<V> {
  const at = branch.at.slice()
  at[index] = child
  return { at }
}

/** `node` with `leaf` in it, `depth` nibbles below the root. */
function insert<V>(node: Node<V> | undefined, leaf: Leaf<V>, depth: number): Node<V> {
  if (node === undefined) return leaf
  if (!isLeaf(node)) {
    const index = nibble(leaf.key, depth)
    return withChild(node, index, insert(node.at[index], leaf, depth + 1))
  }
  if (node.key === leaf.key) return leaf
  const at = new Array<Node<V> | undefined>(16).fill(undefined)
  at[nibble(node.key, depth)] = node
  return insert({ at }, leaf, depth)
}

/** `node` without `key`; undefined when nothing is left. */
function drop<V>(node: Node<V> | undefined, key: string, depth: number): Node<V> | undefined {
  if (node === undefined) return undefined
  if (isLeaf(node)) return node.key === key ? undefined : node
  const index = nibble(key, depth)
  const child = drop(node.at[index], key, depth + 1)
  if (child === node.at[index]) return node
  const at = node.at.slice()
  at[index] = child
  return at.some((place) => place !== undefined) ? { at } : undefined
}

function* walk<V>(node: Node<V> | undefined): Generator<Leaf<V>> {
  if (node === undefined) return
  if (isLeaf(node)) yield node
  else for (const child of node.at) yield* walk(child)
}

/** Keys of one map have one length, in lower-case hex. */
export class IdMap<K extends string, V> implements ReadonlyMap<K, V> {
  private constructor(
    private readonly root: Node<V> | undefined,
    readonly size: number,
  ) {}

  static empty<K extends string, V>(): IdMap<K, V> {
    return new IdMap<K, V>(undefined, 0)
  }

  static of<K extends string, V>(entries: Iterable<readonly [K, V]>): IdMap<K, V> {
    let map = IdMap.empty<K, V>()
    for (const [key, value] of entries) map = map.set(key, value)
    return map
  }

  set(key: K, value: V): IdMap<K, V> {
    return new IdMap<K, V>(insert(this.root, { key, value }, 0), this.has(key) ? this.size : this.size + 1)
  }

  without(key: K): IdMap<K, V> {
    return this.has(key) ? new IdMap<K, V>(drop(this.root, key, 0), this.size - 1) : this
  }

  get(key: K): V | undefined {
    let node = this.root
    for (let depth = 0; node !== undefined && !isLeaf(node); depth++) node = node.at[nibble(key, depth)]
    return node?.key === key ? node.value : undefined
  }

  has(key: K): boolean {
    let node = this.root
    for (let depth = 0; node !== undefined && !isLeaf(node); depth++) node = node.at[nibble(key, depth)]
    return node?.key === key
  }

  *entries(): MapIterator<[K, V]> {
    for (const leaf of walk(this.root)) yield [leaf.key as K, leaf.value]
  }

  *keys(): MapIterator<K> {
    for (const leaf of walk(this.root)) yield leaf.key as K
  }

  *values(): MapIterator<V> {
    for (const leaf of walk(this.root)) yield leaf.value
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  forEach(run: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) run(value, key, this)
  }
}
