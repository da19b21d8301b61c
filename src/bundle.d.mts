// Types of bundle.mjs, for tests that build what they start.
export function bundle(entry: string, output: string): Promise<string>
