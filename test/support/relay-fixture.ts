// Relays for tests: each in a folder of its own, on a free port of 127.0.0.1, gone when the test ends.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { RelayOptions } from '../../sync-server/config.ts'
import { type Relay, type RelayEnvironment, startRelay } from '../../sync-server/relay.ts'
import { type ChannelKey, channelKey, RelayClient } from './relay-client.ts'

// Real disks and sockets, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 })

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'telar-relay-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Setup {
  readonly relay: Relay
  readonly data: string
  /** A greeted client, ended with the test. */
  client(): Promise<RelayClient>
  /** A greeted client with this channel open. */
  member(key: ChannelKey): Promise<RelayClient>
}

export async function setup(options: Partial<RelayOptions> = {}, environment: RelayEnvironment = {}): Promise<Setup> {
  const data = options.data ?? temporaryFolder()
  const relay = await startRelay({ host: '127.0.0.1', port: 0, ...options, data }, environment)
  onTestFinished(() => relay.close())
  const client = async () => {
    const connected = await RelayClient.connect(relay.address)
    onTestFinished(() => connected.end())
    return connected
  }
  const member = async (key: ChannelKey) => {
    const connected = await client()
    await connected.opens(key)
    return connected
  }
  return { relay, data, client, member }
}

export { channelKey }
