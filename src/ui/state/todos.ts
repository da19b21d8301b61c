// What waits for her, gathered from everything the engine shows: knocks first, then what could go wrong, then reviews.
import type { DocumentView, EngineState, KnockView, RelayView, SpaceView } from '../../engine/api.ts'

export type Todo =
  | { readonly kind: 'knock'; readonly space: SpaceView; readonly knock: KnockView }
  | { readonly kind: 'kit' }
  | { readonly kind: 'relay'; readonly space: SpaceView; readonly relay: RelayView }
  | { readonly kind: 'review'; readonly space: SpaceView; readonly document: DocumentView }

/** Statuses, by documents' own codes, that ask somebody to look again. */
const ASKS_REVIEW: readonly string[] = ['por_revisar']

export function todosOf(state: EngineState): readonly Todo[] {
  const spaces = state.spaces.filter((space) => space.standing === 'active')
  const knocks = spaces.flatMap((space) =>
    space.role === 'coordinator' ? space.knocks.map((knock): Todo => ({ kind: 'knock', space, knock })) : [],
  )
  const kit: Todo[] = state.self?.recoveryKitSeen === false ? [{ kind: 'kit' }] : []
  const relays = spaces.flatMap((space) =>
    space.relays.filter((relay) => relay.state === 'refused').map((relay): Todo => ({ kind: 'relay', space, relay })),
  )
  const reviews = spaces.flatMap((space) =>
    space.documents
      .filter((document) => !document.archived && ASKS_REVIEW.includes(document.status))
      .map((document): Todo => ({ kind: 'review', space, document })),
  )
  return [...knocks, ...kit, ...relays, ...reviews]
}

/** What names a todo among others, for keyed lists. */
export function todoKey(todo: Todo): string {
  switch (todo.kind) {
    case 'knock':
      return `knock ${todo.knock.invitation} ${todo.knock.device}`
    case 'kit':
      return 'kit'
    case 'relay':
      return `relay ${todo.space.id} ${todo.relay.address}`
    case 'review':
      return `review ${todo.document.id}`
  }
}
