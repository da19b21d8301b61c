// What every walk through a part of the app does: taps by visible name, moves between the main places, waits for a screen by its heading
// and hands it to the visit. Owns no way of its own (e2e-walk-*.ts) and asserts nothing but that a screen is there.
import { expect, type Locator, type Page } from '@playwright/test'
import { shellTranslator } from '../../src/ui/i18n/shell.ts'
import type { Person } from './e2e-person.ts'
import type { Visit } from './e2e-walk.ts'

export const SPACE = 'Red de las Jacarandas'
/** A screen that others' devices bring may take its time. */
const MEETING = { timeout: 60_000 }

export class Walker {
  readonly t
  readonly page: Page

  constructor(
    protected readonly person: Person,
    protected readonly visit: Visit,
  ) {
    const language = person.phone.english === true ? 'en' : 'es'
    this.t = shellTranslator(() => language)
    this.page = person.page
  }

  protected button(name: string): Locator {
    return this.page.getByRole('button', { name }).filter({ visible: true }).first()
  }

  protected async tap(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.button(name).click()
  }

  protected async exactly(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).filter({ visible: true }).first().click()
  }

  protected async go(place: 'home' | 'place' | 'connections'): Promise<void> {
    const main = this.page.getByRole('navigation', { name: this.t('mainNavigation') })
    await main
      .getByRole('button', { name: this.t(place) })
      .first()
      .click()
  }

  protected async part(tab: 'documents' | 'people' | 'connections' | 'settings'): Promise<void> {
    await this.go('home')
    await this.page.getByRole('main').getByRole('button', { name: SPACE }).first().click()
    const parts = this.page.getByRole('navigation', { name: this.t('spaceParts') })
    await parts.getByRole('button', { name: this.t(`tab_${tab}`) }).click()
  }

  protected async at(screen: string, heading: string): Promise<void> {
    await expect(this.page.getByRole('heading', { name: heading }).first()).toBeAttached(MEETING)
    await this.visit(screen, this.page)
  }

  /** A link or code as shown: what the clipboard has after the button. */
  protected async copy(button: string): Promise<string> {
    await this.tap(button)
    await expect(this.page.locator('.toast')).toBeVisible()
    const text = await this.page.evaluate(() => navigator.clipboard.readText())
    await this.page.locator('.toast').getByRole('button').click()
    return text
  }
}
