// A device that is being brought in, as a screen follows it: what the engine shows of it now, how it was last shown, and what
// became of it. Called while a component is set up.
import type { InvitationId } from '../../base/ids.ts'
import type { EngineState, LinkingView } from '../../engine/api.ts'
import { type Ending, endingOf } from './linking.ts'

export interface WatchedLinking {
  /** As the engine shows it; undefined once it forgot it. */
  readonly now: LinkingView | undefined
  /** As it is, or as it was last shown. */
  readonly shown: LinkingView | null
  readonly ending: Ending
  /** Looks at none any more. */
  forget(): void
}

export function watchLinking(engine: () => EngineState, id: () => InvitationId | null): WatchedLinking {
  let seen = $state.raw<LinkingView | null>(null)
  const now = $derived(engine().linking.find((one) => one.id === id()))
  $effect(() => {
    if (now !== undefined) seen = now
  })
  const ending = $derived(endingOf(engine(), seen, now))
  return {
    get now() {
      return now
    },
    get shown() {
      return now ?? seen
    },
    get ending() {
      return ending
    },
    forget() {
      seen = null
    },
  }
}
