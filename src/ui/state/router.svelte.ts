// Where in the app she is. Routes live in memory only: the address bar, the title and the browser's history never hold a
// name or an id. The back button works through a bare number in `history.state`.
import type { DocumentId, InvitationId, MemberId, OperationId, SpaceId } from '../../base/ids.ts'
import type { DocumentType } from '../../engine/api.ts'

export type SpaceTab = 'documents' | 'people' | 'connections' | 'settings'

export type Route =
  | { readonly name: 'home' | 'todo' | 'connections' | 'place' | 'glossary' | 'start' | 'create' | 'waiting' | 'near' }
  /** Saving and opening files that carry a space by hand. */
  | { readonly name: 'carry'; readonly space?: SpaceId }
  /** A link that names a relay for spaces one is in. */
  | { readonly name: 'take-relay'; readonly link?: string }
  /** A lost or taken phone: one of mine, or of somebody. */
  | { readonly name: 'lost-phone'; readonly space?: SpaceId; readonly member?: MemberId }
  | { readonly name: 'join'; readonly link?: string }
  | { readonly name: 'space'; readonly space: SpaceId; readonly tab: SpaceTab }
  | { readonly name: 'member'; readonly space: SpaceId; readonly member: MemberId }
  /** What changed in a space; with a person, what she did and what was done about her. */
  | { readonly name: 'history'; readonly space: SpaceId; readonly member?: MemberId }
  /** `invitation`: one made before, shown again. `replaces`: somebody who lost everything and comes in anew. */
  | {
      readonly name: 'invite'
      readonly space: SpaceId
      readonly invitation?: InvitationId
      readonly replaces?: MemberId
    }
  /** A code for a second device of mine. `id`: one that is under way. */
  | { readonly name: 'link-device'; readonly id?: InvitationId }
  /** On the new device: joining the spaces I already am in. `id`: one that is under way. */
  | { readonly name: 'take'; readonly kind: 'device' | 'return'; readonly link?: string; readonly id?: InvitationId }
  /** Helping a member to come back with her recovery kit. `id`: one that is under way. */
  | { readonly name: 'return'; readonly space: SpaceId; readonly member: MemberId; readonly id?: InvitationId }
  /** Going on in a new space. */
  | { readonly name: 'continue'; readonly space: SpaceId }
  /** Somebody says that the work goes on elsewhere: what it means, and whether to follow. */
  | { readonly name: 'follow'; readonly space: SpaceId; readonly operation: OperationId }
  | { readonly name: 'new-document'; readonly space: SpaceId; readonly type?: DocumentType }
  | { readonly name: 'document'; readonly space: SpaceId; readonly document: DocumentId }

const HOME: Route = { name: 'home' }

export class Router {
  #routes: Route[] = [HOME]
  #at = 0
  /** Runs before she leaves where she is: editors commit what is being typed. */
  #leaving: readonly (() => void)[] = []
  #route = $state.raw<Route>(HOME)

  get route(): Route {
    return this.#route
  }

  /** Starts listening to the browser's back and forward. The answer ends it. */
  start(): () => void {
    history.replaceState({ at: 0 }, '', location.pathname)
    const popped = (event: PopStateEvent) => {
      const at = (event.state as { at?: unknown } | null)?.at
      this.#at = typeof at === 'number' && at >= 0 && at < this.#routes.length ? at : 0
      this.#show()
    }
    addEventListener('popstate', popped)
    return () => removeEventListener('popstate', popped)
  }

  #show(): void {
    for (const run of this.#leaving) run()
    this.#route = this.#routes[this.#at] ?? HOME
  }

  go(route: Route): void {
    this.#routes = [...this.#routes.slice(0, this.#at + 1), route]
    this.#at += 1
    history.pushState({ at: this.#at }, '', location.pathname)
    this.#show()
  }

  /** Instead of the present one: the back button will not return to it. */
  replace(route: Route): void {
    this.#routes[this.#at] = route
    this.#show()
  }

  /** Where she came from, or `otherwise` when there is nothing before. */
  back(otherwise: Route = HOME): void {
    if (this.#at > 0) history.back()
    else this.replace(otherwise)
  }

  /** Forgets every route, after a lock. */
  reset(): void {
    this.#routes = [HOME]
    this.#at = 0
    history.replaceState({ at: 0 }, '', location.pathname)
    this.#show()
  }

  beforeLeaving(run: () => void): () => void {
    this.#leaving = [...this.#leaving, run]
    return () => {
      this.#leaving = this.#leaving.filter((other) => other !== run)
    }
  }
}
