// What must be true of every screen, looked at as it stands: nothing that axe finds wrong, in light and dark, nothing wider than the
// phone, no control whose content the browser keeps. Owns no way to a screen.
import { expect, type Page } from '@playwright/test'
import { axe } from './e2e-axe.ts'

/** One line for each thing that is wrong. */
export async function lookAt(screen: string, page: Page, english: boolean): Promise<string[]> {
  const wrong: string[] = []
  await expect(page.locator('html')).toHaveAttribute('lang', english ? 'en' : 'es')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    wrong.push(...(await axe(page, `${screen}, ${colorScheme}`, colorScheme === 'dark' ? ['color-contrast'] : null)))
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
  return wrong
}
