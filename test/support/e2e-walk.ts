// A walk through every screen of the app, in either language, for what must be true of each of them: axe, and pictures.
// Owns the way only; names are taken from the dictionaries, so that the walk is the same in both.
import { expect, type Locator, type Page } from '@playwright/test'
import { documentTranslator } from '../../src/ui/i18n/document.ts'
import { shellTranslator } from '../../src/ui/i18n/shell.ts'
import type { Person, Phone } from './e2e-person.ts'
import { walkPeople } from './e2e-walk-people.ts'
import type { World } from './e2e-world.ts'

const PHRASE = 'la canela hierve tres horas sin olla azul'
const TYPES = ['protection-plan', 'membership-roster', 'meeting-minutes', 'learning-systematization'] as const

export type Visit = (screen: string, page: Page) => Promise<void>

/** Visits every screen once; `visit` is called when the screen stands still. */
export async function walk(world: World, phone: Phone, visit: Visit): Promise<void> {
  const nina = await Walker.arrive(world, 'Ceiba', phone, visit)
  await nina.begin('')
  await nina.makeSpace()
  for (const type of TYPES) await nina.example(type)
  await nina.spaceParts()
  const link = await nina.invite()
  const ana = await Walker.arrive(world, 'Copal', phone, visit)
  await ana.beJoining(link)
  await nina.admit()
  await ana.beInside()
  await walkPeople(nina, ana, 'Copal', 'Ceiba')
  await nina.others()
  await nina.end()
}

class Walker {
  readonly t
  readonly d
  readonly page: Page

  private constructor(
    private readonly person: Person,
    readonly visit: Visit,
  ) {
    const language = person.phone.english === true ? 'en' : 'es'
    this.t = shellTranslator(() => language)
    this.d = documentTranslator(() => language)
    this.page = person.page
  }

  static async arrive(world: World, alias: string, phone: Phone, visit: Visit): Promise<Walker> {
    return new Walker(await world.person(alias, phone), visit)
  }

  #button(name: string): Locator {
    return this.page.getByRole('button', { name }).filter({ visible: true }).first()
  }

  async #tap(name: string): Promise<void> {
    await this.#button(name).click()
  }

  async #exactly(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).filter({ visible: true }).first().click()
  }

  async #go(place: 'home' | 'todo' | 'connections' | 'place'): Promise<void> {
    const main = this.page.getByRole('navigation', { name: this.t('mainNavigation') })
    await main
      .getByRole('button', { name: this.t(place) })
      .first()
      .click()
  }

  /** When `heading` is there, the screen is. */
  async #at(screen: string, heading: string): Promise<void> {
    await expect(this.page.getByRole('heading', { name: heading }).first()).toBeAttached()
    await this.visit(screen, this.page)
  }

  /** From the first screen to an empty home. `prefix` names the screens of a second walker. */
  async begin(prefix: string | null): Promise<void> {
    const { t, page } = this
    const show = async (screen: string, heading: string) => (prefix === null ? undefined : this.#at(screen, heading))
    await show('first-run', t('begin'))
    await this.#tap(t('ownPlace'))
    await page.getByLabel(t('alias'), { exact: true }).fill(this.person.alias)
    await page.getByLabel(t('phrase'), { exact: true }).fill(PHRASE)
    await expect(page.getByText(t('phraseStrong'))).toBeVisible()
    await show('own-place', t('ownPlaceTitle'))
    await this.#tap(t('continue'))
    await expect(page.getByRole('heading', { name: t('kit') })).toBeVisible()
    await show('recovery-kit', t('kit'))
    const words = await page.locator('ol').getByRole('listitem').allInnerTexts()
    await page.getByLabel(t('kitWritten')).check()
    await this.#tap(t('kitCheck'))
    await show('recovery-kit-check', t('kitCheckTitle'))
    for (const [i, word] of words.entries()) {
      const box = page.getByLabel(t('wordNumber', i + 1), { exact: true })
      if ((await box.count()) > 0) await box.fill(word)
    }
    await this.#tap(t('kitDone'))
    await expect(page.getByRole('navigation', { name: t('mainNavigation') })).toBeVisible()
    if (prefix !== null) await this.visit('home-empty', page)
  }

  async makeSpace(): Promise<void> {
    const { t, page } = this
    await this.#tap(t('withInvitation'))
    await this.#at('join', t('withInvitation'))
    await this.#tap(t('back'))
    await this.#tap(t('createSpace'))
    await page.getByLabel(t('spaceName'), { exact: true }).fill('Red de las Jacarandas')
    await this.#at('create-space', t('createSpace'))
    await this.#exactly(t('create'))
    await this.#at('space-empty', 'Red de las Jacarandas')
    await this.#tap(t('newDocument'))
    await this.#at('new-document', t('newDocument'))
    await this.#tap(t('back'))
  }

  async example(type: (typeof TYPES)[number]): Promise<void> {
    const { t, d, page } = this
    await this.#tap(t('newDocument'))
    await this.#tap(t('exampleOf', t(`type_${type}`)))
    await expect(page.getByRole('combobox', { name: d('field.status') }).first()).toBeVisible()
    await this.visit(`document-${type}`, page)
    if (type === 'protection-plan') {
      await page.locator('summary').first().click()
      await page.locator('summary').first().scrollIntoViewIfNeeded()
      await this.visit('document-item', page)
      await this.#tap(d('export'))
      await this.#at('export', d('export.title'))
      await this.#exactly(d('cancel'))
    }
    await this.#tap(t('back'))
  }

  async #part(tab: 'documents' | 'people' | 'connections' | 'settings'): Promise<void> {
    const parts = this.page.getByRole('navigation', { name: this.t('spaceParts') })
    await parts.getByRole('button', { name: this.t(`tab_${tab}`) }).click()
  }

  async spaceParts(): Promise<void> {
    const { t, page } = this
    await this.#at('space-documents', 'Red de las Jacarandas')
    await page
      .getByRole('button', { name: t('whoSees') })
      .last()
      .click()
    await this.#at('who-sees', t('whoSees'))
    await page.keyboard.press('Escape')
    await this.#part('connections')
    await this.#at('space-connections', t('travelsBy'))
    await this.#part('settings')
    await this.#at('space-settings', t('aliasHere'))
  }

  async invite(): Promise<string> {
    const { t, page } = this
    await this.#part('people')
    await this.#tap(t('invite'))
    await page.getByRole('radio', { name: t('mode_confirm') }).check()
    await this.#at('invite', t('inviteTo', 'Red de las Jacarandas'))
    await this.#tap(t('makeInvitation'))
    await expect(page.getByRole('img', { name: t('invitationCode') })).toBeVisible()
    await this.visit('invitation', page)
    await this.#tap(t('copyLink'))
    await expect(page.getByText(t('copied'))).toBeVisible()
    return page.evaluate(() => navigator.clipboard.readText())
  }

  async beJoining(link: string): Promise<void> {
    const { t, page } = this
    await this.begin(null)
    await page.goto(link)
    await this.#at('join-preview', t('invitationTo'))
    await this.#tap(t('knock'))
    await expect(page.getByRole('list', { name: t('safetyWords') })).toBeVisible()
    await this.#at('waiting-room', t('waitingRoom'))
  }

  async admit(): Promise<void> {
    const { t, page } = this
    await this.#tap(t('seePeople'))
    await expect(page.getByRole('list', { name: t('safetyWords') })).toBeVisible()
    await this.#at('people-knock', t('knocking'))
    await this.#go('todo')
    await this.#at('todo', t('todo'))
    await this.#go('home')
    await this.visit('home', page)
    await page.getByRole('main').getByRole('button', { name: 'Red de las Jacarandas' }).first().click()
    await this.#part('people')
    await this.#tap(t('notSame'))
    await this.visit('people-doubt', page)
    await this.#tap(t('compareAgain'))
    await this.#tap(t('same'))
    await expect(page.getByRole('heading', { name: `${t('tab_people')} 2` })).toBeVisible()
    await this.visit('people', page)
  }

  async beInside(): Promise<void> {
    await expect(this.page.getByText(this.t('inside'))).toBeVisible()
    await this.#at('inside', 'Red de las Jacarandas')
  }

  async others(): Promise<void> {
    const { t, page } = this
    await this.#go('connections')
    await this.#at('connections', t('connections'))
    await this.#go('place')
    await this.#at('place', t('place'))
    await this.#tap(t('changePhrase'))
    await this.#at('change-phrase', t('changePhrase'))
    await page.keyboard.press('Escape')
    await this.#tap(t('glossary'))
    await this.#at('glossary', t('glossary'))
    await this.#tap(t('back'))
  }

  async end(): Promise<void> {
    const { t } = this
    await this.#go('place')
    await this.#tap(t('lockNow'))
    await this.#at('unlock', t('open'))
    await this.#tap(t('forgot'))
    await this.#at('recover', t('forgotTitle'))
    const second = await this.person.secondTab()
    await expect(second.getByRole('heading', { name: t('elsewhereTitle') })).toBeVisible()
    await this.visit('elsewhere', second)
  }
}
