// Draws the icons of public/ (woven stripes; nothing that would tell what the app is for). Run by hand when they change:
// `node src/icons.mjs`. The app never runs it.
import { writeFileSync } from 'node:fs'
import { crc32, deflateSync } from 'node:zlib'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const target = fileURLToPath(new URL('../public', import.meta.url))
const CLOTH = '#f0e8dc'
const ROWS = [
  '#6a2c72',
  '#a81f3f',
  '#c9571f',
  '#e0a325',
  '#1f6a3d',
  '#23558f',
  '#1f6a3d',
  '#e0a325',
  '#c9571f',
  '#a81f3f',
  '#6a2c72',
]

/** Colour of the thread that lies on top at column `x`, row `y` of the cloth. */
const thread = (x, y) => ((x + (y % 2) * 2) % 4 === 0 ? CLOTH : ROWS[y])
const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

/** A PNG (8 bits, red green blue) of `size` pixels; the cloth fills it but for a border of `margin` (a fraction). */
function png(size, margin) {
  const rows = Buffer.alloc(size * (1 + size * 3))
  const edge = Math.round(size * margin)
  const cell = (size - 2 * edge) / ROWS.length
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const inside = [x, y].every((at) => at >= edge && at < size - edge)
      const [column, row] = [x, y].map((at) => Math.min(ROWS.length - 1, Math.floor((at - edge) / cell)))
      rows.set(rgb(inside ? thread(column, row) : CLOTH), y * (1 + size * 3) + 1 + x * 3)
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function svg() {
  const cells = ROWS.flatMap((_, y) => ROWS.map((_, x) => [x, y])).filter(([x, y]) => thread(x, y) === CLOTH)
  const weft = ROWS.map((colour, y) => `<path fill="${colour}" d="M0 ${y}h${ROWS.length}v1H0z"/>`).join('')
  const warp = `<path fill="${CLOTH}" d="${cells.map(([x, y]) => `M${x} ${y}h1v1h-1z`).join('')}"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${ROWS.length} ${ROWS.length}" shape-rendering="crispEdges">${weft}${warp}</svg>\n`
}

writeFileSync(join(target, 'icon.svg'), svg())
writeFileSync(join(target, 'icon-192.png'), png(192, 0))
writeFileSync(join(target, 'icon-512.png'), png(512, 0))
writeFileSync(join(target, 'icon-maskable-512.png'), png(512, 0.14))
