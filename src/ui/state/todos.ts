// What waits for her, gathered from everything the engine shows: knocks and decisions first, then what could go wrong, then
// reviews.
import type {
  DocumentView,
  EngineState,
  KnockView,
  LinkingView,
  PendingView,
  RelayView,
  SpaceView,
  WarningView,
} from '../../engine/api.ts'
import { warningKey } from './decisions.ts'
import { whoReturns } from './linking.ts'
import { iDecide } from './people.ts'
import { pressingWarnings } from './pressing.ts'

export type Todo =
  | { readonly kind: 'knock'; readonly space: SpaceView; readonly knock: KnockView }
  | { readonly kind: 'linking'; readonly linking: LinkingView; readonly who: string }
  | { readonly kind: 'decision'; readonly space: SpaceView; readonly pending: PendingView }
  | { readonly kind: 'warning'; readonly space: SpaceView; readonly warning: WarningView }
  | { readonly kind: 'kit' }
  | { readonly kind: 'relay'; readonly space: SpaceView; readonly relay: RelayView }
  | { readonly kind: 'review'; readonly space: SpaceView; readonly document: DocumentView }

/** Statuses, by documents' own codes, that ask somebody to look again. */
const ASKS_REVIEW: readonly string[] = ['por_revisar']

/** Warnings that I can do something about; the others pass by themselves, or are for who decides. */
function asksMe(space: SpaceView, warning: WarningView): boolean {
  if (warning.type === 'two-versions') return iDecide(space) || warning.member === space.me
  return warning.type === 'no-coordinator'
}

export function todosOf(state: EngineState): readonly Todo[] {
  const spaces = state.spaces.filter((space) => space.standing === 'active')
  const knocks = spaces.flatMap((space) =>
    iDecide(space) ? space.knocks.map((knock): Todo => ({ kind: 'knock', space, knock })) : [],
  )
  const linkings = state.linking
    .filter((one) => one.side === 'giving' && one.state === 'comparing')
    .map((linking): Todo => ({ kind: 'linking', linking, who: whoReturns(state, linking) }))
  const decisions = spaces.flatMap((space) =>
    space.pending.filter((one) => one.mine === 'open').map((pending): Todo => ({ kind: 'decision', space, pending })),
  )
  const warnings = spaces.flatMap((space) =>
    pressingWarnings(space)
      .filter((one) => asksMe(space, one))
      .map((warning): Todo => ({ kind: 'warning', space, warning })),
  )
  // A device that is being joined to another takes over that one's kit.
  const joins = state.linking.some((one) => one.side === 'taking')
  const kit: Todo[] = state.self?.recoveryKitSeen === false && !joins ? [{ kind: 'kit' }] : []
  const relays = spaces.flatMap((space) =>
    space.relays.filter((relay) => relay.state === 'refused').map((relay): Todo => ({ kind: 'relay', space, relay })),
  )
  const reviews = spaces.flatMap((space) =>
    space.documents
      .filter((document) => !document.archived && ASKS_REVIEW.includes(document.status))
      .map((document): Todo => ({ kind: 'review', space, document })),
  )
  return [...knocks, ...linkings, ...decisions, ...warnings, ...kit, ...relays, ...reviews]
}

/** What names a todo among others, for keyed lists. */
export function todoKey(todo: Todo): string {
  switch (todo.kind) {
    case 'knock':
      return `knock ${todo.knock.invitation} ${todo.knock.device}`
    case 'linking':
      return `linking ${todo.linking.id}`
    case 'decision':
      return `decision ${todo.space.id} ${todo.pending.operation}`
    case 'warning':
      return `warning ${todo.space.id} ${warningKey(todo.warning)}`
    case 'kit':
      return 'kit'
    case 'relay':
      return `relay ${todo.space.id} ${todo.relay.address}`
    case 'review':
      return `review ${todo.document.id}`
  }
}
