// A camera that looks at another phone's screen: the pixels of a code as shown become a film that Chromium takes for its
// camera. Uncompressed, because that is what the browser reads without any other program.
import { writeFileSync } from 'node:fs'
import type { Locator } from '@playwright/test'

const WIDTH = 640
const HEIGHT = 480
const FRAMES = 3

/**
 * Writes what is shown at `shown` (about as large as the picture allows, on grey) as a Y4M film to `path`. With `next`, also what is
 * shown after each press of it, until the first picture comes again.
 */
export async function filmOf(shown: Locator, path: string, next?: Locator): Promise<void> {
  const frames: Buffer[] = []
  if (next !== undefined && (await next.count()) > 0) {
    const first = await pressed(shown, next)
    for (let name = ''; name !== first; name = await pressed(shown, next)) frames.push(await frameOf(shown))
  } else frames.push(await frameOf(shown))
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F30:1 Ip A1:1 C420mpeg2\n`)
  const film = frames.flatMap((frame) => Array.from({ length: FRAMES }, () => frame))
  writeFileSync(path, Buffer.concat([head, ...film]))
}

/** Presses; the name of what is shown then. */
async function pressed(shown: Locator, next: Locator): Promise<string> {
  await next.click()
  return (await shown.getAttribute('aria-label')) ?? ''
}

async function frameOf(shown: Locator): Promise<Buffer> {
  const png = (await shown.screenshot()).toString('base64')
  const luma = await shown.page().evaluate(
    async ({ png, width, height }) => {
      const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0))
      const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
      const canvas = new OffscreenCanvas(width, height)
      const context = canvas.getContext('2d')
      if (context === null) throw new Error('no canvas')
      context.fillStyle = '#b0b0b0'
      context.fillRect(0, 0, width, height)
      const scale = Math.min((width - 20) / picture.width, (height - 20) / picture.height)
      const [w, h] = [picture.width * scale, picture.height * scale]
      context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h)
      const { data } = context.getImageData(0, 0, width, height)
      let text = ''
      // Studio range, as the format has it: 16 is black, 235 is white.
      for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(16 + Math.round((data[i + 1]! * 219) / 255))
      return btoa(text)
    },
    { png, width: WIDTH, height: HEIGHT },
  )
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128)
  return Buffer.concat([Buffer.from('FRAME\n'), Buffer.from(luma, 'base64'), chroma])
}
