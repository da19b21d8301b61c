// Every screen, in both languages, light and dark: nothing that axe finds wrong, nothing wider than the phone, no control
// whose content the browser keeps.
import { axe } from '../support/e2e-axe.ts'
import { expect, test } from '../support/e2e-test.ts'
import { walk } from '../support/e2e-walk.ts'

for (const english of [false, true]) {
  test(`every screen in ${english ? 'English' : 'Spanish'}, light and dark`, async ({ world }) => {
    test.setTimeout(300_000)
    const wrong: string[] = []
    const seen = new Set<string>()
    await walk(world, { english }, async (screen, page) => {
      seen.add(screen)
      await expect(page.locator('html')).toHaveAttribute('lang', english ? 'en' : 'es')
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        wrong.push(
          ...(await axe(page, `${screen}, ${colorScheme}`, colorScheme === 'dark' ? ['color-contrast'] : null)),
        )
      }
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      // A control without a word about it is written into the browser's own session files, content and all.
      const kept = await page.evaluate(() =>
        [...document.querySelectorAll('input, textarea, select')]
          .filter(
            (one) =>
              !['off', 'new-password', 'current-password', 'username'].includes(one.getAttribute('autocomplete') ?? ''),
          )
          .map((one) => one.outerHTML.slice(0, 120)),
      )
      wrong.push(...kept.map((html) => `${screen}: the browser may keep what is in ${html}`))
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (tooWide > 0) wrong.push(`${screen}: ${tooWide} px wider than the screen`)
    })
    expect(wrong).toEqual([])
    expect(seen.size).toBeGreaterThan(35)
  })
}
