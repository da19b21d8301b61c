// Types of bundle.mjs, for tests that build what they start.
export const root: string
export function bundled(entry: string, name: string): Promise<string>
