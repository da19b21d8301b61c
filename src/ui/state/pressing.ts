// Warnings as she has put them aside: one that is talked over leaves the lists until Telar is opened again; on the person's own
// screen it stays. Owns no state (later.svelte.ts keeps it, in memory only).
import type { SpaceView, WarningView } from '../../engine/api.ts'
import { openWarnings, warningKey } from './decisions.ts'
import { later } from './later.svelte.ts'

const keyOf = (space: SpaceView, warning: WarningView): string => `${space.id} ${warningKey(warning)}`

export const pressingWarnings = (space: SpaceView): readonly WarningView[] =>
  openWarnings(space).filter((one) => !later.has(keyOf(space, one)))

export const putAside = (space: SpaceView, warning: WarningView): void => later.put(keyOf(space, warning))
