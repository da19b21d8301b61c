// An own change that fits in no entry (only a page with a fault makes one) would cut off all later work from everybody else: the
// document is written anew from what does fit, and what the rest came to is put in again in small changes. Nothing that is shown
// is lost; who wrote which letter of that rest is. Only for documents that nobody else holds open (rule IN-18).
import { next as A } from '@automerge/automerge/slim'
import type { ActorId } from '../base/ids.ts'
import { misfit } from '../ingest/pack.ts'
import type { AnyDoc } from './arrivals.ts'

/** UTF-16 units of text (three bytes each at most), or about as many bytes of other values, in one change. */
const PIECE = 50_000

/** Own changes that fit in no entry, and all that depends on them. Empty: all is well. */
export async function unfit(
  doc: A.Doc<AnyDoc>,
  own: (actor: string) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  const backend = A.getBackend(doc)
  const found = new Set<string>()
  for (const { hash, deps, actor } of A.getChangesMetaSince(doc, [])) {
    const change = backend.getChangeByHash(hash)
    if (deps.some((dep) => found.has(dep))) found.add(hash)
    else if (change !== null && (await own(actor)) && misfit(change) !== null) found.add(hash)
  }
  return found
}

/** `doc` without these changes and with what they did, by `actor`, in changes that fit. */
export function rewritten(doc: A.Doc<AnyDoc>, without: ReadonlySet<string>, actor: ActorId): A.Doc<AnyDoc> {
  const backend = A.getBackend(doc)
  const kept = A.getChangesMetaSince(doc, []).flatMap(({ hash }) =>
    without.has(hash) ? [] : (backend.getChangeByHash(hash) ?? []),
  )
  let anew = A.applyChanges(A.init<AnyDoc>({ actor }), kept)[0]
  const patches = A.diff(doc, A.getHeads(anew), A.getHeads(doc))
  for (const some of pieces(patches.flatMap(cut)))
    anew = A.change(anew, (draft) => {
      A.applyPatches(draft, some)
    })
  return anew
}

/** A long text or list as several patches, in their order. */
function cut(patch: A.Patch): A.Patch[] {
  if (patch.action === 'splice' && patch.value.length > PIECE) {
    const path = patch.path.slice(0, -1)
    const start = Number(patch.path.at(-1))
    const { marks } = patch
    return steps(patch.value).map(([at, value]) => ({
      action: 'splice',
      path: [...path, start + at],
      value,
      ...(marks === undefined ? {} : { marks }),
    }))
  }
  if (patch.action === 'insert' && patch.values.length > 1) {
    const path = patch.path.slice(0, -1)
    const start = Number(patch.path.at(-1))
    return patch.values.map((value, i) => ({ ...patch, path: [...path, start + i], values: [value] }))
  }
  return [patch]
}

/** Pieces of a text with where each begins, never through a surrogate pair. */
function steps(text: string): [number, string][] {
  const out: [number, string][] = []
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + PIECE)
    if (to < text.length && /[\uD800-\uDBFF]/.test(text.charAt(to - 1))) to -= 1
    out.push([from, text.slice(from, to)])
    from = to
  }
  return out
}

function pieces(patches: readonly A.Patch[]): A.Patch[][] {
  const out: A.Patch[][] = []
  let size = PIECE
  for (const patch of patches) {
    const weight = weightOf(patch)
    const last = out.at(-1)
    if (last === undefined || size + weight > PIECE) {
      out.push([patch])
      size = weight
    } else {
      last.push(patch)
      size += weight
    }
  }
  return out
}

function weightOf(patch: A.Patch): number {
  const value = patch.action === 'insert' ? patch.values[0] : 'value' in patch ? patch.value : null
  const own = typeof value === 'string' || value instanceof Uint8Array ? value.length : 16
  return own + 16 + patch.path.join('/').length
}
