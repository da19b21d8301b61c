// The state that faces draw, computed from the workspace. Owns nothing and changes nothing; names and titles come from
// the index document and are therefore what members wrote.
import type { DocumentId } from '../base/ids.ts'
import type { Link } from '../sync/link.ts'
import { isDocumentType } from '../documents/registry.ts'
import { parseRelayAddress } from '../carriers/relay.ts'
import type { DocumentView, EngineState, JoiningView, OnRelays, PresenceView, RelayView, SpaceView } from './api.ts'
import type { Joining } from './joining.ts'
import type { Space } from './space.ts'
import { isNamed } from './own-relays.ts'
import { continuesOf, memberViews, pendingViews, successorViews, warningViews } from './view-people.ts'
import { peerViews } from './view-peers.ts'
import type { Workspace } from './workspace.ts'

export function viewOf(workspace: Workspace): EngineState {
  const { alias, language, recoveryKitSeen } = workspace.person
  return {
    vault: 'unlocked',
    self: { alias, language, recoveryKitSeen },
    spaces: [...workspace.spaces.values()].map((space) => spaceView(workspace, space)),
    linking: workspace.linkings.views(),
    joining: [...workspace.joinings.values()]
      .filter(({ answered }) => !answered)
      .map((joining) => joiningView(workspace, joining)),
    peers: peerViews(workspace),
    storageFailing: workspace.storageFailing,
  }
}

function spaceView(workspace: Workspace, space: Space): SpaceView {
  const channels = workspace.channels.get(space.id)
  const hosting = workspace.hostings.get(space.id)
  const index = space.indexed()
  const { state } = space
  const mine = state.members.get(space.me)
  // What could not be sealed yet waits here, too.
  const unsent = (channels?.unsent.size ?? 0) + space.documents.unsealed().size
  return {
    id: space.id,
    name: index.name,
    standing: space.standing,
    me: space.me,
    role: mine?.role ?? 'reader',
    powers: space.coordinator,
    pending: pendingViews(space),
    warnings: warningViews(space),
    successors: successorViews(workspace, space),
    continues: continuesOf(workspace, space),
    members: memberViews(space),
    documents: documentViews(space, workspace),
    relays: space.standing === 'removed' ? [] : relayViews(workspace, space),
    invitations: hosting?.invitations() ?? [],
    knocks: hosting?.knocks() ?? [],
    present: presenceViews(workspace, space),
    unsent,
    withPeople: space.holding.ofAll([space.index, ...index.documents.keys()]),
    onRelays: onRelays(workspace, space, unsent),
    progress: workspace.transfers.progress(space.id, workspace.connections.all(), channelsOf(space)),
    epoch: ordinal(space),
  }
}

const channelsOf = (space: Space) => space.listening().map(({ channel }) => channel)

function ordinal(space: Space): number {
  const epoch = space.ring.inUse(space.graph)
  return epoch === null ? 0 : space.ring.ordinal(epoch)
}

function documentViews(space: Space, workspace: Workspace): DocumentView[] {
  const unsent = workspace.channels.get(space.id)?.unsent
  const unsentOf = new Map<DocumentId, number>()
  for (const id of unsent ?? []) {
    const document = space.log.get(id)?.document ?? null
    if (document !== null) unsentOf.set(document, (unsentOf.get(document) ?? 0) + 1)
  }
  for (const document of space.documents.unsealed()) unsentOf.set(document, (unsentOf.get(document) ?? 0) + 1)
  const updated = space.content.updatedAt()
  return [...space.indexed().documents].flatMap(([id, listed]) => {
    if (!isDocumentType(listed.type)) return []
    const covered = space.snapshots.ofDocument(id)
    return {
      id,
      type: listed.type,
      title: listed.title,
      status: listed.status,
      riskLevel: listed.riskLevel ?? null,
      createdBy: listed.createdBy,
      createdAt: listed.createdAt,
      updatedAt: Math.max(updated.get(id) ?? 0, covered?.time ?? 0) || listed.updatedAt,
      archived: listed.archived === true,
      unsent: unsentOf.get(id) ?? 0,
      withPeople: space.holding.of(id),
      onRelays: onRelays(workspace, space, unsentOf.get(id) ?? 0),
      heldBack: space.documents.isHeldBack(id),
      here: updated.has(id) || covered !== null || isVouchedFor(space, id) || isOpenWithContent(space, id),
    }
  })
}

function onRelays(workspace: Workspace, space: Space, unsent: number): OnRelays {
  const of = space.relays.length
  const reached = space.relays.filter((relay) => {
    const parsed = parseRelayAddress(relay)
    return parsed !== null && workspace.inStepAt(parsed.address, space.id) !== null
  }).length
  return { have: unsent === 0 ? reached : 0, of }
}

/** Also while what was written in it here is in no entry yet. */
const isOpenWithContent = ({ documents }: Space, document: DocumentId): boolean =>
  Object.keys(documents.peek(document) ?? {}).length > 0

/** Written by who no longer counts, and others stand for it: it comes in when the document is opened. */
const isVouchedFor = ({ content, log, state }: Space, document: DocumentId): boolean =>
  content.vouched(document, state).size > 0 && log.contentOf(document).length > 0

function relayViews(workspace: Workspace, space: Space): RelayView[] {
  const unsent = workspace.channels.get(space.id)?.unsent.size ?? 0
  return space.relays.flatMap((text) => {
    const relay = parseRelayAddress(text)
    const link = relay === null ? null : workspace.connections.link(text)
    if (relay === null) return []
    const current = space.listening().find((item) => item.current)
    const at = workspace.inStepAt(relay.address, space.id)
    const inStep = current !== undefined && link?.inStep(current.channel) === true
    const trouble = workspace.channels.get(space.id)?.conduct.trouble(relay.address, inStep) ?? null
    const view = relayView(relay.address, link, current?.channel ?? null, unsent, at)
    return [{ ...view, own: !isNamed(space, text), trouble }]
  })
}

function relayView(
  address: string,
  link: Link | null,
  channel: Parameters<Link['inStep']>[0] | null,
  unsent: number,
  inStepAt: number | null,
): RelayView {
  const reason = link === null || channel === null ? null : link.refusal(channel)
  const state = reason !== null ? 'refused' : (link?.carrier.state ?? 'offline')
  return { address, state, reason, inStepAt, unsent, own: false, trouble: null }
}

function presenceViews(workspace: Workspace, space: Space): PresenceView[] {
  if (space.standing === 'removed') return []
  const others = workspace.channels.get(space.id)?.presence.others()
  return [...(others ?? [])].flatMap(([device, place]) => {
    const member = space.state.devices.get(device)?.member
    return member === undefined || space.state.members.get(member)?.status !== 'active'
      ? []
      : [{ member, device, alias: space.aliasOf(member), ...place }]
  })
}

function joiningView(workspace: Workspace, joining: Joining): JoiningView {
  return {
    invitation: joining.id,
    space: joining.link.space,
    role: joining.link.role,
    mode: joining.link.mode,
    words: joining.words(),
    at: joining.record.at,
    delivered: joining.delivered,
    codes: joining.codes(),
    relays: joining.link.relays.flatMap((text) => {
      const relay = parseRelayAddress(text)
      if (relay === null) return []
      return [relayView(relay.address, workspace.connections.link(text), joining.channel, 0, null)]
    }),
  }
}
