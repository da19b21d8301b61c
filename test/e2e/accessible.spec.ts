// Every screen, in both languages, light and dark: nothing that axe finds wrong, nothing wider than the phone, no control
// whose content the browser keeps.
import { lookAt } from '../support/e2e-look.ts'
import { expect, test } from '../support/e2e-test.ts'
import { walk } from '../support/e2e-walk.ts'

for (const english of [false, true]) {
  test(`every screen in ${english ? 'English' : 'Spanish'}, light and dark`, async ({ world }) => {
    test.setTimeout(300_000)
    const wrong: string[] = []
    const seen = new Set<string>()
    await walk(world, { english }, async (screen, page) => {
      seen.add(screen)
      wrong.push(...(await lookAt(screen, page, english)))
    })
    expect(wrong).toEqual([])
    expect(seen.size).toBeGreaterThan(35)
  })
}
