// The cloth of a space: the same from the same id for ever, made of known dyes, stripes and floats only.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cloth, SWATCH, swatch, weaveOf } from '../../../src/ui/tokens/weave.ts'

const anyId = fc.stringMatching(/^[0-9a-f]{64}$/)
const tokens = readFileSync(new URL('../../../src/ui/tokens/tokens.css', import.meta.url), 'utf8')

describe('weave', () => {
  it('is the same for ever: a space must look as it looked', () => {
    expect(weaveOf('00'.repeat(32))).toMatchInlineSnapshot(`
      {
        "dyes": [
          "jade",
        ],
        "float": 2,
        "light": "algodon",
        "offset": 2,
        "rhythm": 6,
        "twill": false,
      }
    `)
    expect(cloth('00'.repeat(32))).toMatchInlineSnapshot(
      `"repeating-linear-gradient(90deg,var(--t-algodon) 0px 4px,var(--t-jade) 4px 12px) 0 0px/100% 2px no-repeat,repeating-linear-gradient(90deg,var(--t-jade) 0 6px,var(--t-algodon) 6px 10px,var(--t-jade) 10px 12px) 0 2px/100% 2px no-repeat,repeating-linear-gradient(90deg,var(--t-algodon) 0px 6px,var(--t-jade) 6px 12px) 0 4px/100% 2px no-repeat,repeating-linear-gradient(90deg,var(--t-jade) 0 6px,var(--t-algodon) 6px 10px,var(--t-jade) 10px 12px) 0 6px/100% 2px no-repeat,repeating-linear-gradient(90deg,var(--t-algodon) 0px 4px,var(--t-jade) 4px 12px) 0 8px/100% 2px no-repeat"`,
    )
  })

  it('uses only dyes that the tokens have', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        for (const [, dye] of cloth(id).matchAll(/var\((--t-[a-z]+)\)/g)) expect(tokens).toContain(`${dye}:`)
        for (const { dye } of swatch(id)) expect(tokens).toContain(`--t-${dye}:`)
      }),
      { numRuns: 50 },
    )
  })

  it('a swatch covers each crossing exactly once', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const covered = new Map<string, number>()
        for (const { path } of swatch(id)) {
          for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
            for (let i = 0; i < Number(length); i += 1) {
              const at = `${Number(x) + i},${y}`
              covered.set(at, (covered.get(at) ?? 0) + 1)
            }
          }
        }
        expect(covered.size).toBe(SWATCH * SWATCH)
        expect([...covered.values()].every((times) => times === 1)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('a band is five rows, the outer ones mirrored, each with rising stops within its rhythm', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const rows = cloth(id).split(/,(?=repeating)/)
        expect(rows).toHaveLength(5)
        const { rhythm } = weaveOf(id)
        for (const row of rows) {
          const stops = [...row.matchAll(/var\([^)]*\) (\d+)(?:px)? (\d+)px/g)].map(([, from, to]) => [
            Number(from),
            Number(to),
          ])
          let at = 0
          for (const [from, to] of stops) {
            expect(from).toBe(at)
            expect(to).toBeGreaterThan(from!)
            at = to!
          }
          expect(at).toBe(rhythm * 2)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('differs between most spaces', () => {
    const seen = new Set(Array.from({ length: 200 }, (_, i) => cloth(`${i}`.padStart(64, 'a'))))
    expect(seen.size).toBeGreaterThan(190)
  })
})

describe('tokens', () => {
  it('dark by hand and dark by system are the same values', () => {
    const bySystem = /:root:not\(\[data-theme=["']light["']\]\)\s*\{([^}]*)\}/.exec(tokens)?.[1]
    const byHand = /:root\[data-theme=["']dark["']\]\s*\{([^}]*)\}/.exec(tokens)?.[1]
    const values = (block: string | undefined) =>
      [...(block ?? '').matchAll(/(--[a-z0-9-]+):\s*([^;]+);/g)].map(([, name, value]) => `${name}: ${value}`).sort()
    expect(values(bySystem).length).toBeGreaterThan(50)
    expect(values(byHand)).toEqual(values(bySystem))
  })
})
