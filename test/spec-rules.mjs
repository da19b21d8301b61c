// Fails when a rule of docs/spec has no test that names it. A rule is an id in bold that opens a paragraph or list item
// (`**CH-12**`); a test names it anywhere in its text, as `CH-12`, or within a span such as `CH-10 to CH-14`.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const RULE = /^\s*(?:[-*]\s+|\d+\.\s+|>\s*)?\*\*([A-Z]{1,6}-\d+)[.:]?\*\*/gm
const SPAN = /\b([A-Z]{1,6})-(\d+)(?:\s*(?:to|–|\.\.)\s*(?:[A-Z]{1,6}-)?(\d+))?\b/g

function texts(folder, pattern) {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => ({ name: entry.name, text: readFileSync(join(entry.parentPath, entry.name), 'utf8') }))
}

/** All ids that the text of a test names. */
function* named(text) {
  for (const [, family, first, last] of text.matchAll(SPAN)) {
    for (let n = Number(first); n <= Number(last ?? first) && n < Number(first) + 100; n++) yield `${family}-${n}`
  }
}

const rules = new Map()
const twice = []
for (const { name, text } of texts('docs/spec', /\.md$/)) {
  for (const [, id] of text.matchAll(RULE)) {
    if (rules.has(id)) twice.push(`${id} (${rules.get(id)}, ${name})`)
    rules.set(id, name)
  }
}
const tested = new Set(texts('test', /\.test\.ts$|\.spec\.ts$/).flatMap(({ text }) => [...named(text)]))
const missing = [...rules].filter(([id]) => !tested.has(id))

for (const [id, file] of missing) console.log(`no test names ${id} (docs/spec/${file})`)
for (const id of twice) console.log(`two rules share the id ${id}`)
console.log(`${rules.size} rules, ${rules.size - missing.length} named by tests`)
process.exit(missing.length + twice.length === 0 ? 0 : 1)
