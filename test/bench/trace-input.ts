// A long text as somebody really wrote it: single letters put in and taken out, mostly where the last one was. From a file in
// the format of the public editing traces, or, without one, made by a seed in the same shape. Knows no network.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as v from 'valibot'
import type { Millis } from '../../src/base/environment.ts'
import { dice, type Key, KEY_EVERY, SEED, text } from './typing.ts'

/** Position, letters taken out there, letters put in. */
type Patch = readonly [number, number, string]

const FORMAT = v.object({
  startContent: v.literal(''),
  txns: v.array(v.object({ patches: v.array(v.tuple([v.number(), v.number(), v.string()])) })),
})

/** The first `most` keystrokes. Such files hold no times worth the name: the strokes get those of a practised writer. */
export function traced(path: string | undefined, most: number): Key[] {
  const patches = path === undefined ? made(most) : read(path).slice(0, most)
  const roll = dice(SEED + 2)
  let at: Millis = 0
  let next = 0
  return patches.map((patch) => {
    at += KEY_EVERY / 2 + roll(KEY_EVERY)
    const [position, removed, inserted] = patch
    // Somewhere else: found, looked at, clicked.
    if (position + removed !== next && position !== next) at += 500 + roll(3_000)
    next = position + inserted.length
    return { at, letter: null, patch }
  })
}

function read(path: string): Patch[] {
  const file = readFileSync(path)
  const json: unknown = JSON.parse((path.endsWith('.gz') ? gunzipSync(file) : file).toString('utf8'))
  return v.parse(FORMAT, json).txns.flatMap(({ patches }) => patches)
}

/** Three letters of ten are taken out again; one key of fifty lies elsewhere than the last. */
function made(most: number): Patch[] {
  const roll = dice(SEED + 3)
  const letters = text(Math.ceil(most / 4))
  const out: Patch[] = []
  let length = 0
  let caret = 0
  let typed = 0
  while (out.length < most) {
    if (roll(50) === 0) caret = roll(length + 1)
    const run = 1 + roll(20)
    const rubsOut = roll(10) < 3
    for (let i = 0; i < run && out.length < most; i++) {
      if (rubsOut && caret > 0) {
        out.push([--caret, 1, ''])
        length--
      } else if (!rubsOut) {
        out.push([caret++, 0, letters[typed++ % letters.length] ?? ' '])
        length++
      }
    }
  }
  return out
}
