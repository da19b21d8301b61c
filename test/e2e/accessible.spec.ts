// Every screen, in both languages, light and dark: nothing that axe finds wrong, and nothing wider than the phone.
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
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (tooWide > 0) wrong.push(`${screen}: ${tooWide} px wider than the screen`)
    })
    expect(wrong).toEqual([])
    expect(seen.size).toBeGreaterThan(35)
  })
}
