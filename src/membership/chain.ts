// A persistent list that grows at its front: each longer list shares the rest. For the operations of one member, the cosigns
// of one operation and the like, where every state of the past keeps its own.

export interface Chain<T> {
  readonly value: T
  readonly rest: Chain<T> | undefined
}

/** Oldest first. */
export function listOf<T>(chain: Chain<T> | undefined): T[] {
  const out: T[] = []
  for (let at = chain; at !== undefined; at = at.rest) out.push(at.value)
  return out.reverse()
}

/** Whether one satisfies `is`; the latest are asked first. */
export function someOf<T>(chain: Chain<T> | undefined, is: (value: T) => boolean): boolean {
  for (let at = chain; at !== undefined; at = at.rest) if (is(at.value)) return true
  return false
}
