// A slow network between two phones: what the page sends on a data channel stops after so many bytes until the test lets it go on.
// Owns nothing of the app; the browser's connection is real.
import type { Page } from '@playwright/test'

interface Slow {
  e2eLetGo?: () => void
}

/** From now on; the page's channels send no more than `bytes` until `letGo`. */
export async function slowLine(page: Page, bytes: number): Promise<void> {
  await page.evaluate((bytes) => {
    const send = RTCDataChannel.prototype.send as (this: RTCDataChannel, data: ArrayBufferView<ArrayBuffer>) => void
    const held: (() => void)[] = []
    let left = bytes
    RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
      const frame = data as ArrayBufferView<ArrayBuffer>
      left -= frame.byteLength
      if (left > 0) Reflect.apply(send, this, [frame])
      else held.push(() => Reflect.apply(send, this, [frame]))
    }
    ;(globalThis as Slow).e2eLetGo = () => {
      left = Infinity
      for (const go of held.splice(0)) go()
    }
  }, bytes)
}

export const letGo = (page: Page): Promise<void> => page.evaluate(() => (globalThis as Slow).e2eLetGo?.())
