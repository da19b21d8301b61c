// automerge-repo's published acceptance suite on the one adapter that carries a Repo's own messages here: the message channel between
// a page's Repo and the engine's. Carriers are held to a contract of our own (docs/decisions/2026-11-20-carriers-and-adapters.md).
import type { NetworkAdapterInterface } from '@automerge/automerge-repo/slim'
import { runNetworkAdapterTests } from '@automerge/automerge-repo/helpers/tests/network-adapter-tests.js'
import { MessageChannelNetworkAdapter } from '@automerge/automerge-repo-network-messagechannel'

runNetworkAdapterTests(() => {
  const channel = () => {
    const { port1, port2 } = new MessageChannel()
    return [new MessageChannelNetworkAdapter(port1), new MessageChannelNetworkAdapter(port2)] as const
  }
  const [ab, ba] = channel()
  const [ac, ca] = channel()
  const [bc, cb] = channel()
  const all: readonly (readonly NetworkAdapterInterface[])[] = [
    [ab, ac],
    [ba, bc],
    [ca, cb],
  ]
  return Promise.resolve({
    adapters: all as never,
    teardown: () => {
      for (const adapter of all.flat()) adapter.disconnect()
    },
  })
}, 'message channel')
