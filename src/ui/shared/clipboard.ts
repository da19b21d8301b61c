// Putting text where other programs of the device find it: the clipboard, and the system's sheet for sharing. Only texts that
// she asked to carry (links, codes) come here.
import type { App } from '../state/engine.svelte.ts'

export async function copyText(app: App, text: string, said: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    app.notify(said)
  } catch {
    app.notify(app.t('copyFailed'))
  }
}

export const canShare = (): boolean => 'share' in navigator

/** She may think better of it: closing the system's sheet is no error. */
export async function shareText(text: string): Promise<void> {
  await navigator.share({ text }).catch(() => undefined)
}
