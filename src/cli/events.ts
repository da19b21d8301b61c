// What happened between two states of the engine, for `sync --watch`. Owns the list of events. Carries ids and counts only
// unless names are asked for: the output of a service ends up in a journal that is not sealed.
import type { EngineState, SpaceView, WarningView } from '../engine/api.ts'

export interface WatchEvent {
  readonly event:
    | 'watching'
    | 'stopped'
    | 'relay'
    | 'in-step'
    | 'space'
    | 'standing'
    | 'joined'
    | 'left'
    | 'knock'
    | 'document'
    | 'changed'
    | 'epoch'
    | 'pending'
    | 'warning'
    | 'successor'
    | 'storage-failing'
  readonly space?: string
  readonly document?: string
  readonly member?: string
  readonly device?: string
  readonly relay?: string
  /** A code: of a relay, of a space's standing, of an invitation's mode. */
  readonly state?: string
  readonly epoch?: number
  /** Alias, title or name; only with `names`. */
  readonly name?: string
}

/** Events that lead from `before` to `after`; from nothing, what is already waiting. */
export function eventsBetween(before: EngineState | null, after: EngineState, names: boolean): readonly WatchEvent[] {
  const named = (name: string) => (names && name !== '' ? { name } : {})
  const was = new Map((before?.spaces ?? []).map((space) => [space.id, space]))
  const events: WatchEvent[] = []
  if (after.storageFailing && before?.storageFailing !== true) events.push({ event: 'storage-failing' })
  events.push(...relayEvents(before, after))
  for (const space of after.spaces) {
    const old = was.get(space.id)
    if (before !== null && old === undefined)
      events.push({ event: 'space', space: space.id, state: space.standing, ...named(space.name) })
    if (old !== undefined && old.standing !== space.standing)
      events.push({ event: 'standing', space: space.id, state: space.standing })
    if (old !== undefined && old.epoch !== space.epoch)
      events.push({ event: 'epoch', space: space.id, epoch: space.epoch })
    events.push(...knockEvents(old, space, named), ...questionEvents(old, space))
    if (old !== undefined) events.push(...memberEvents(old, space, named), ...documentEvents(old, space, named))
  }
  return events
}

type Named = (name: string) => { readonly name?: string }

function relayEvents(before: EngineState | null, after: EngineState): WatchEvent[] {
  const relaysOf = (state: EngineState | null) =>
    new Map(
      (state === null ? [] : [...state.spaces, ...state.joining]).flatMap((i) => i.relays).map((r) => [r.address, r]),
    )
  const old = relaysOf(before)
  return [...relaysOf(after).values()].flatMap((relay) => {
    const known = old.get(relay.address)
    const events: WatchEvent[] = []
    if (known?.state !== relay.state && relay.state !== 'connecting')
      events.push({ event: 'relay', relay: relay.address, state: relay.reason ?? relay.state })
    if (relay.inStepAt !== null && (known?.inStepAt ?? null) === null)
      events.push({ event: 'in-step', relay: relay.address })
    return events
  })
}

function knockEvents(old: SpaceView | undefined, space: SpaceView, named: Named): WatchEvent[] {
  const known = new Set(old?.knocks.map((knock) => knock.device))
  return space.knocks
    .filter((knock) => !known.has(knock.device))
    .map((knock) => ({
      event: 'knock',
      space: space.id,
      device: knock.device,
      state: knock.mode,
      ...named(knock.note),
    }))
}

/** What waits for people, also from the start: nobody may miss it because it was there before. */
function questionEvents(old: SpaceView | undefined, space: SpaceView): WatchEvent[] {
  const open = new Set(old?.pending.map(({ operation }) => operation))
  const keyOf = (warning: WarningView) => `${warning.type} ${'device' in warning ? warning.device : ''}`
  const warned = new Set(old?.warnings.map(keyOf))
  const told = new Set(old?.successors.map(({ operation }) => operation))
  return [
    ...space.pending
      .filter(({ operation }) => !open.has(operation))
      .map((item) => ({ event: 'pending' as const, space: space.id, member: item.member, state: item.why })),
    ...space.warnings
      .filter((warning) => !warned.has(keyOf(warning)))
      .map(({ type }) => ({ event: 'warning' as const, space: space.id, state: type })),
    ...space.successors
      .filter(({ operation, state }) => state === 'open' && !told.has(operation))
      .map((item) => ({ event: 'successor' as const, space: space.id, member: item.by })),
  ]
}

function memberEvents(old: SpaceView, space: SpaceView, named: Named): WatchEvent[] {
  const known = new Map(old.members.map((member) => [member.id, member]))
  return space.members.flatMap((member): WatchEvent[] => {
    const was = known.get(member.id)
    if (member.me || was?.status === member.status) return []
    const event = member.status === 'active' ? 'joined' : 'left'
    return [{ event, space: space.id, member: member.id, ...named(member.alias) }]
  })
}

function documentEvents(old: SpaceView, space: SpaceView, named: Named): WatchEvent[] {
  const known = new Map(old.documents.map((document) => [document.id, document]))
  return space.documents.flatMap((document): WatchEvent[] => {
    const was = known.get(document.id)
    if (was !== undefined && was.updatedAt === document.updatedAt && was.here === document.here) return []
    const event = was === undefined ? 'document' : 'changed'
    return [{ event, space: space.id, document: document.id, ...named(document.title) }]
  })
}
