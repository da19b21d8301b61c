// What axe says about a page. Run from its source by the browser's own tools, because the page's policy lets no script in.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface Axe {
  run(
    where: Document,
    options: object,
  ): Promise<{
    violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[]
    passes: unknown[]
  }>
}

/** One line for each thing that is wrong, with where; only by `rules` if given. Throws when axe looked at nothing. */
export async function axe(page: Page, screen: string, rules: string[] | null = null): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source)
  const { violations, passes } = await page.evaluate(
    (runOnly) => (globalThis as unknown as { axe: Axe }).axe.run(document, { runOnly, resultTypes: ['violations'] }),
    rules === null ? { type: 'tag', values: RULES } : { type: 'rule', values: rules },
  )
  if (passes.length < (rules === null ? 5 : 1)) throw new Error(`axe saw almost nothing on ${screen}`)
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${screen}: ${id}: ${help}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
  )
}
