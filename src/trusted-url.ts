// The one Trusted Types policy for addresses of our own scripts: the engine's worker and the service worker. Must never
// let through an address of another origin. The CSP names this policy (`trusted-types … telar-url`), so it is made once.

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown }
}

function ownScript(url: string): string {
  if (new URL(url, location.href).origin !== location.origin) throw new TypeError('script of another origin')
  return url
}

const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes
const policy = policies?.createPolicy('telar-url', { createScriptURL: ownScript })

/** `url` as a browser with Trusted Types wants it for `new Worker` and `register`; throws on another origin's address. */
export function trustedUrl(url: string): string {
  return policy === undefined ? ownScript(url) : (policy.createScriptURL(url) as string)
}
