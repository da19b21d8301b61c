// The addresses a relay calls its own: what a channel proof may have been signed for. Never learned from what a client or a
// proxy says, or a relay in between could name itself (rule CH-4).
import { networkInterfaces } from 'node:os'

const MOST = 64

/** `host:port` forms, lower case: the operator's, then this machine's own under `port`. */
export function ownOrigins(configured: readonly string[], port: number): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const own = addresses.map(({ address, family }) => (family === 'IPv6' ? `[${bare(address)}]` : address))
  const hosts = ['localhost', '127.0.0.1', '[::1]', ...own]
  return [...new Set([...configured, ...hosts.map((host) => `${host}:${port}`)])].slice(0, MOST)
}

const bare = (address: string) => address.replace(/%.*$/, '').toLowerCase()

/** What the `Host` header claims, as origins: only to tell an operator *why* a proof fails, never to accept one. */
export function claimedOrigins(host: string | undefined): readonly string[] {
  if (host === undefined || host.length > 260) return []
  const name = host.toLowerCase()
  return /:\d+$/.test(name) ? [name] : [`${name}:443`, `${name}:80`]
}
