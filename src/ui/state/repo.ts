// The page's own Repo: holds only the documents that are open, keeps nothing, and talks to the engine's Repo over a message
// channel. Loads Automerge when it is first needed. Before anything from the engine is applied, `beforeRemote` hooks run,
// so that an editor commits what was typed first.
import type { PeerId, Repo } from '@automerge/automerge-repo/slim'
import wasmUrl from '@automerge/automerge/automerge.wasm?url'

export interface PageRepo {
  readonly repo: Repo
  /** Runs `hook`, synchronously, before each incoming message is delivered. The answer ends it. */
  beforeRemote(hook: () => void): () => void
  close(): void
}

/** `port` is the page's end of the channel whose other end the engine was given. */
export async function openRepo(port: MessagePort): Promise<PageRepo> {
  const [{ Repo, initializeWasm }, { MessageChannelNetworkAdapter }] = await Promise.all([
    import('@automerge/automerge-repo/slim'),
    import('@automerge/automerge-repo-network-messagechannel'),
  ])
  await initializeWasm(wasmUrl)
  const hooks = new Set<() => void>()
  const adapter = new MessageChannelNetworkAdapter(port)
  const deliver = adapter.emit.bind(adapter)
  adapter.emit = (event, ...args) => {
    if (event === 'message') for (const hook of hooks) hook()
    return deliver(event, ...args)
  }
  // The stock adapter calls itself ready after 0.1 s even when nobody has answered, and a Repo without peers says of every
  // document that there is none: a busy engine on a slow phone must be waited for.
  const met = new Promise<void>((resolve) => {
    adapter.on('peer-candidate', () => resolve())
  })
  const repo = new Repo({
    network: [adapter],
    peerId: `page-${crypto.randomUUID()}` as PeerId,
    isEphemeral: true,
  })
  await met
  return {
    repo,
    beforeRemote(hook) {
      hooks.add(hook)
      return () => hooks.delete(hook)
    },
    close() {
      hooks.clear()
      adapter.disconnect()
      port.close()
    },
  }
}
