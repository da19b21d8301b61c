// What faces show of connections to other devices: who it is as far as she has shown it, what is in common, and how far a transfer is.
// Owns nothing and changes nothing.
import type { PeerView, Progress } from './api.ts'
import type { Peer } from './peers.ts'
import type { Workspace } from './workspace.ts'

export function peerViews(workspace: Workspace): readonly PeerView[] {
  return workspace.peers.all().map((peer) => peerView(workspace, peer))
}

function peerView(workspace: Workspace, peer: Peer): PeerView {
  const common = new Set(peer.link.common())
  const spaces = [...workspace.spaces.values()].filter((space) =>
    space.listening().some(({ channel }) => common.has(channel)),
  )
  const isInStep = peer.carrier.state === 'connected' && common.size > 0 && peer.link.settledNow
  const state = peer.carrier.state !== 'connected' ? 'connecting' : isInStep ? 'in-step' : 'connected'
  return {
    id: peer.id,
    by: peer.by,
    state,
    ...who(workspace, peer),
    spaces: spaces.map(({ id }) => id),
    progress: progress(peer),
  }
}

function who(workspace: Workspace, peer: Peer): Pick<PeerView, 'device' | 'member' | 'alias'> {
  for (const [id, device] of peer.devices) {
    const space = workspace.spaces.get(id)
    const member = space?.state.devices.get(device)?.member
    if (space !== undefined && member !== undefined) return { device, member, alias: space.aliasOf(member) }
  }
  return { device: null, member: null, alias: '' }
}

function progress({ link }: Peer): Progress | null {
  const { wanted, toSend } = link.pending()
  if (wanted + toSend < 2) return null
  const { entriesReceived: received, entriesSent } = link.counts
  // What is on its way still counts as to be sent.
  return { received, wanted, sent: Math.max(0, entriesSent - link.unconfirmed), toSend }
}
