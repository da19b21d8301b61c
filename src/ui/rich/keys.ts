// The keys of the editor of formatted text, and what turns `# `, `- `, `1. ` and `> ` at the start of a line into its kind.
// Owns no edit: commands.ts has them. Tab moves on to the next field unless an item is being written.
import { chainCommands, deleteSelection, selectAll } from 'prosemirror-commands'
import { InputRule, inputRules } from 'prosemirror-inputrules'
import { keymap } from 'prosemirror-keymap'
import type { Command, Plugin } from 'prosemirror-state'
import type { LineCode } from '../../documents/rich-text/format.ts'
import { indent, joinAbove, joinBelow, setLines, splitLine, toggleBold, toggleItalic } from './commands.ts'
import { nodesOf, paragraph } from './schema.ts'

export interface KeyActions {
  readonly undo: () => boolean
  readonly redo: () => boolean
  readonly askLink: () => void
}

const START: readonly (readonly [RegExp, (match: string) => LineCode])[] = [
  [/^(#{1,3}) $/, (marks) => `h${marks.length as 1 | 2 | 3}`],
  [/^([-*]) $/, () => 'ul0'],
  [/^(1)[.)] $/, () => 'ol0'],
  [/^(>) $/, () => 'quote'],
]

const starting = (pattern: RegExp, codeOf: (match: string) => LineCode): InputRule =>
  new InputRule(pattern, (state, match, from, to) => {
    const at = state.doc.resolve(from)
    const [line] = nodesOf([{ code: codeOf(match[1] ?? ''), runs: [] }])
    if (at.parent.type !== paragraph || line === undefined) return null
    return state.tr.delete(from, to).setNodeMarkup(at.before(), line.type, line.attrs)
  })

export function editorPlugins({ undo, redo, askLink }: KeyActions): Plugin[] {
  const ask: Command = () => {
    askLink()
    return true
  }
  return [
    inputRules({ rules: START.map(([pattern, codeOf]) => starting(pattern, codeOf)) }),
    keymap({
      Enter: splitLine,
      'Shift-Enter': splitLine,
      Backspace: chainCommands(deleteSelection, joinAbove),
      'Mod-Backspace': chainCommands(deleteSelection, joinAbove),
      Delete: chainCommands(deleteSelection, joinBelow),
      'Mod-a': selectAll,
      Tab: indent(1),
      'Shift-Tab': indent(-1),
      'Mod-b': toggleBold,
      'Mod-i': toggleItalic,
      'Mod-k': ask,
      'Mod-Alt-0': setLines('p'),
      'Mod-Alt-1': setLines('h1'),
      'Mod-Alt-2': setLines('h2'),
      'Mod-Alt-3': setLines('h3'),
      'Mod-Shift-7': setLines('ol0'),
      'Mod-Shift-8': setLines('ul0'),
      'Mod-Shift-9': setLines('quote'),
      'Mod-z': undo,
      'Mod-y': redo,
      'Mod-Shift-z': redo,
    }),
  ]
}
