// Keeps the index of a space in step with its documents: the title, status and risk level that lists show. Only the
// device that made a change writes its summary, a little after the last change.
import type { Clock } from '../base/environment.ts'
import type { DocumentId } from '../base/ids.ts'
import { updateSummary } from '../documents/index-document.ts'
import { summaryOf } from '../documents/summary.ts'
import type { Space } from './space.ts'

const AFTER_MS = 2_000

export class Summaries {
  #waiting = new Map<string, { run: () => Promise<void>; cancel: () => void }>()

  constructor(private readonly clock: Clock) {}

  changed(space: Space, document: DocumentId, local: boolean): void {
    if (!local || document === space.index) return
    const key = `${space.id} ${document}`
    this.#waiting.get(key)?.cancel()
    const run = async () => {
      this.#waiting.delete(key)
      await write(space, document)
    }
    const cancel = this.clock.after(AFTER_MS, () => void run().catch(() => undefined))
    this.#waiting.set(key, { run, cancel })
  }

  /** Writes what waits, now. */
  async flush(): Promise<void> {
    for (const { run, cancel } of [...this.#waiting.values()]) {
      cancel()
      await run()
    }
  }
}

async function write(space: Space, document: DocumentId): Promise<void> {
  const doc = space.documents.peek(document)
  const listed = space.indexed().documents.get(document)
  if (doc === null || listed === undefined || !space.writable) return
  const { title, status, riskLevel, nextReview } = summaryOf(doc)
  const update = {
    title,
    ...(status === null ? {} : { status }),
    ...(riskLevel === undefined ? {} : { riskLevel }),
    ...(nextReview === undefined ? {} : { nextReview }),
  }
  const differs = Object.entries(update).some(([name, value]) => listed[name as keyof typeof update] !== value)
  if (differs) await space.documents.edit(space.index, (index) => void updateSummary(index, document, update))
}
