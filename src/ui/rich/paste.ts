// What survives of pasted HTML: lines of our kinds, bold, italics, safe links. Reads the text itself, letter by letter, without
// letting a browser parse it: no image is fetched, no script or style takes part. Pure; total for any text; bounded.
import { isLineCode, type LineCode, MAX_ITEM_DEPTH, safeLink } from '../../documents/rich-text/format.ts'
import { joined, type Line, type Run } from '../../documents/rich-text/lines.ts'

/** Letters of HTML that are looked at. */
const MOST = 4_000_000

const TOKEN = /<!--[\s\S]*?(?:-->|$)|<(\/?)([a-zA-Z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>|[^<]+|</g
/** Elements whose content is never text. */
const SILENT = new Set([
  'script',
  'style',
  'head',
  'title',
  'template',
  'noscript',
  'svg',
  'math',
  'iframe',
  'object',
  'xml',
])
/** Elements that have no end. */
const VOID = new Set([
  'br',
  'hr',
  'img',
  'input',
  'meta',
  'link',
  'col',
  'wbr',
  'area',
  'base',
  'embed',
  'source',
  'track',
])
const BLOCKS = new Set(
  'p div h1 h2 h3 h4 h5 h6 ul ol li blockquote pre table tr section article header footer main aside nav figure dl dt dd address'.split(
    ' ',
  ),
)
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  iexcl: '¡',
  iquest: '¿',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  laquo: '«',
  raquo: '»',
  ldquo: '“',
  rdquo: '”',
  lsquo: '‘',
  rsquo: '’',
  aacute: 'á',
  eacute: 'é',
  iacute: 'í',
  oacute: 'ó',
  uacute: 'ú',
  ntilde: 'ñ',
  uuml: 'ü',
  Aacute: 'Á',
  Eacute: 'É',
  Iacute: 'Í',
  Oacute: 'Ó',
  Uacute: 'Ú',
  Ntilde: 'Ñ',
  bull: '•',
  middot: '·',
}

interface Level {
  readonly name: string
  readonly bold: boolean
  readonly italic: boolean
  readonly link: string | null
  readonly code: LineCode
  readonly lists: readonly ('ul' | 'ol')[]
  readonly silent: boolean
}

const TOP: Level = { name: '', bold: false, italic: false, link: null, code: 'p', lists: [], silent: false }

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES[name] ?? whole
    const code = typeof decimal === 'string' ? Number(decimal) : parseInt(String(hex), 16)
    const valid = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    return valid ? String.fromCodePoint(code) : ''
  })
}

function attributeOf(attributes: string, name: string): string {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(attributes)
  return decoded(match?.[1] ?? match?.[2] ?? match?.[3] ?? '')
}

function itemCode(lists: Level['lists'], depth: number): LineCode {
  const code = `${lists.at(-1) ?? 'ul'}${Math.max(0, Math.min(MAX_ITEM_DEPTH, depth))}`
  return isLineCode(code) ? code : 'ul0'
}

/** The kind of line that an element makes. */
function codeOf(name: string, attributes: string, within: Level): LineCode {
  const heading = /^h([1-6])$/.exec(name)
  if (heading !== null) return headingCode(Number(heading[1]), attributes)
  if (name === 'li') return itemCode(within.lists, within.lists.length - 1)
  if (name === 'blockquote') return 'quote'
  const item = attributeOf(attributes, 'data-item')
  if (item === 'ul' || item === 'ol') return itemCode([item], Number(attributeOf(attributes, 'data-depth')) || 0)
  const wordList = /mso-list:\s*l\d+\s+level(\d)/i.exec(attributes)
  if (wordList !== null) return itemCode(['ul'], Number(wordList[1]) - 1)
  return within.code
}

/** Our own headings are drawn two levels deeper; of others, what is deeper than 3 becomes 3. */
function headingCode(level: number, attributes: string): LineCode {
  const code = `h${Math.max(1, Math.min(3, attributes.includes('data-rich') ? level - 2 : level))}`
  return isLineCode(code) ? code : 'h3'
}

function entered(name: string, attributes: string, within: Level): Level {
  const style = attributeOf(attributes, 'style')
  const weight = /font-weight:\s*(\w+)/i.exec(style)?.[1]?.toLowerCase()
  const plain = weight === 'normal' || weight === '400'
  const heavy = weight === 'bold' || Number(weight) >= 600
  const slant = /font-style:\s*(\w+)/i.exec(style)?.[1]?.toLowerCase()
  return {
    name,
    bold: !plain && (heavy || name === 'b' || name === 'strong' || within.bold),
    italic: slant !== 'normal' && (slant === 'italic' || name === 'i' || name === 'em' || within.italic),
    link: name === 'a' ? safeLink(attributeOf(attributes, 'href')) : within.link,
    code: BLOCKS.has(name) ? codeOf(name, attributes, within) : within.code,
    lists: name === 'ul' || name === 'ol' ? [...within.lists, name] : within.lists,
    silent: within.silent || SILENT.has(name) || /mso-list:\s*ignore|display:\s*none/i.test(style),
  }
}

class Collector {
  readonly lines: Line[] = []
  private runs: Run[] = []
  private code: LineCode = 'p'

  text(text: string, level: Level): void {
    const flat = decoded(text.replace(/[\t\n\f\r ]+/g, ' ')).replace(/[\u00a0\n\r\u2028\u2029\ufffc]/g, ' ')
    const shown =
      this.runs.length === 0 || this.runs.at(-1)?.text.endsWith(' ') === true ? flat.replace(/^ +/, '') : flat
    if (shown === '' || level.silent) return
    if (this.runs.length === 0) this.code = level.code
    // A heading is heavy already.
    const bold = level.bold && !level.code.startsWith('h')
    this.runs.push({
      text: shown,
      ...(bold ? { bold: true } : {}),
      ...(level.italic ? { italic: true } : {}),
      ...(level.link === null ? {} : { link: level.link }),
    })
  }

  /** Ends the line, if there is one. */
  end(): void {
    const last = this.runs.at(-1)
    if (last === undefined) return
    const runs = joined([...this.runs.slice(0, -1), { ...last, text: last.text.trimEnd() }])
    if (runs.length > 0) this.lines.push({ code: this.code, runs })
    this.runs = []
  }
}

/** The lines of pasted HTML; none where there is no text. */
export function linesOfHtml(html: string): readonly Line[] {
  const out = new Collector()
  const levels: Level[] = [TOP]
  const top = (): Level => levels.at(-1) ?? TOP
  for (const [token, closing, tag, attributes = ''] of html.slice(0, MOST).matchAll(TOKEN)) {
    const name = tag?.toLowerCase()
    if (name === undefined) {
      if (!token.startsWith('<')) out.text(token, top())
    } else if (closing === '/') {
      if (BLOCKS.has(name)) out.end()
      const at = levels.findLastIndex((level) => level.name === name)
      if (at > 0) levels.length = at
    } else {
      if (BLOCKS.has(name) || name === 'br' || name === 'hr') out.end()
      if (!VOID.has(name) && !attributes.endsWith('/') && levels.length < 200)
        levels.push(entered(name, attributes, top()))
    }
  }
  out.end()
  return out.lines
}

/** Plain text as lines, one each. */
export function linesOfText(text: string): readonly Line[] {
  const lines = text.replace(/\r\n?|[\u2028\u2029]/g, '\n').split('\n')
  return lines.map((line) => ({ code: 'p', runs: line === '' ? [] : [{ text: line }] }))
}
