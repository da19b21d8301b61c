// A walk through the screens of the ways in, from both sides, in either language: a second device, a return with the kit, codes by
// hand, an invitation in somebody's place, a new network. Owns the way only, as e2e-walk.ts does for the rest.
import { expect } from '@playwright/test'
import type { Phone } from './e2e-person.ts'
import type { Visit } from './e2e-walk.ts'
import { SPACE, Walker } from './e2e-walker.ts'
import type { World } from './e2e-world.ts'

const PHRASE = 'la canela hierve tres horas sin olla azul'

/** Visits every screen of the ways in once; `visit` is called when the screen stands still. */
export async function walkWays(world: World, phone: Phone, visit: Visit): Promise<void> {
  const nina = await WayWalker.arrive(world, 'Ceiba', phone, visit)
  const kit = await nina.begin()
  const laptop = await WayWalker.arrive(world, 'Ceiba', phone, visit)
  await nina.offersDevice()
  await laptop.takesDevice(await nina.copied())
  await nina.comparesDevice()
  await laptop.isIn('device')
  const ana = await WayWalker.arrive(world, 'Copal', phone, visit)
  const anas = await ana.begin(false)
  await ana.asks(await nina.invites())
  await nina.letsIn(await ana.showsCode())
  await nina.hears('Copal')
  await ana.gone()
  await nina.helps('Copal')
  const again = await WayWalker.arrive(world, 'Copal', phone, visit)
  await again.returns(await nina.copied(), kit, anas)
  await nina.comparesReturn('Copal')
  await again.isIn('return')
  await nina.invitesAnew('Copal')
  await nina.goesOn()
  await again.follows('Ceiba')
}

class WayWalker extends Walker {
  static async arrive(world: World, alias: string, phone: Phone, visit: Visit): Promise<WayWalker> {
    return new WayWalker(await world.person(alias, phone), visit)
  }

  copied(): Promise<string> {
    return this.copy(this.t('copyLink'))
  }

  async #place(): Promise<void> {
    const { t, page } = this
    await page.getByLabel(t('alias'), { exact: true }).fill(this.person.alias)
    await page.getByLabel(t('phrase'), { exact: true }).fill(PHRASE)
    await expect(page.getByText(t('phraseStrong'))).toBeVisible()
    await this.tap(t('continue'))
  }

  async #inside(): Promise<void> {
    await expect(this.page.getByRole('navigation', { name: this.t('mainNavigation') })).toBeVisible()
  }

  /** A place of her own, with a network in it if she `founds`; answers the words of her kit. */
  async begin(founds = true): Promise<string> {
    const { t, page } = this
    await this.tap(t('ownPlace'))
    await this.#place()
    await expect(page.getByRole('heading', { name: t('kit') })).toBeVisible()
    const words = await page.locator('ol').getByRole('listitem').allInnerTexts()
    await page.getByLabel(t('kitWritten')).check()
    await this.tap(t('kitCheck'))
    for (const [i, word] of words.entries()) {
      const box = page.getByLabel(t('wordNumber', i + 1), { exact: true })
      if ((await box.count()) > 0) await box.fill(word)
    }
    await this.tap(t('kitDone'))
    await this.#inside()
    if (!founds) return words.join(' ')
    await this.tap(t('createSpace'))
    await page.getByLabel(t('spaceName'), { exact: true }).fill(SPACE)
    await this.exactly(t('create'))
    await expect(page.getByRole('heading', { name: SPACE }).first()).toBeVisible()
    return words.join(' ')
  }

  async offersDevice(): Promise<void> {
    const { t } = this
    await this.go('home')
    await this.tap(t('createOrEnter'))
    await this.at('start', t('createOrEnter'))
    await this.go('place')
    await this.tap(t('addDeviceTitle'))
    await this.at('link-choose', t('addDeviceTitle'))
    await this.tap(t('makeCode'))
    await this.at('link-show', t('linkShowTitle'))
  }

  async takesDevice(link: string): Promise<void> {
    const { t, page } = this
    await this.tap(t('way_device'))
    await this.at('first-run-device', t('ownPlaceTitle'))
    await this.#place()
    await this.at('take-device', t('take_device'))
    await page.getByLabel(t('pasteLink')).fill(link)
    await this.tap(t('readTheLink'))
    await expect(page.getByLabel(t('takeName'), { exact: true })).toBeVisible()
    await this.visit('take-device-preview', page)
    await this.tap(t('knock'))
    await this.at('take-wait', t('takeWaitTitle'))
    await page.locator('summary').first().click()
    await expect(page.getByRole('img', { name: t('myCode') })).toBeVisible()
    await this.visit('take-by-hand', page)
  }

  async comparesDevice(): Promise<void> {
    const { t } = this
    await this.at('link-compare', t('compareTitle'))
    await this.tap(t('notSame'))
    await this.visit('link-different', this.page)
    await this.tap(t('compareAgain'), t('same'))
    await this.at('link-done', t('linkDone'))
  }

  async isIn(kind: 'device' | 'return'): Promise<void> {
    await this.at(`take-done-${kind}`, this.t(`takeDone_${kind}`))
  }

  async invites(): Promise<string> {
    const { t } = this
    await this.part('people')
    await this.tap(t('invite'))
    await this.page.getByRole('radio', { name: t('mode_confirm') }).check()
    await this.tap(t('makeInvitation'))
    const link = await this.copied()
    await this.page.getByText(t('byHand')).first().click()
    await this.page.getByText(t('orPaste')).first().click()
    await this.visit('invite-by-hand', this.page)
    return link
  }

  async asks(link: string): Promise<void> {
    const { t, page } = this
    await page.goto(link)
    await this.tap(t('knock'))
    await page.getByText(t('byHand')).first().click()
    await expect(page.getByRole('img', { name: t('myCode') })).toBeVisible()
  }

  async showsCode(): Promise<string> {
    const { t, page } = this
    await page.getByText(t('orPaste')).first().click()
    await this.visit('joining-by-hand', page)
    return this.copy(t('copyCode'))
  }

  async letsIn(code: string): Promise<void> {
    const { t, page } = this
    await page.getByLabel(t('pasteCode')).fill(code)
    await this.exactly(t('readCode'))
    await expect(page.getByRole('list', { name: t('safetyWords') })).toBeVisible()
    await this.visit('invite-knock', page)
    await this.tap(t('same'), t('showWelcome'))
    await this.at('welcome', t('welcomeCode'))
  }

  /** Her name came: her page may be closed. */
  async hears(who: string): Promise<void> {
    await this.part('people')
    const row = this.page.getByRole('main').getByRole('button', { name: who }).first()
    await expect(row).toBeVisible({ timeout: 90_000 })
  }

  async gone(): Promise<void> {
    await expect(this.page.getByText(this.t('inside'))).toBeVisible()
    await this.person.closePage()
  }

  async helps(who: string): Promise<void> {
    const { t, page } = this
    await this.part('people')
    await page.getByRole('main').getByRole('button', { name: who }).first().click()
    await this.tap(t('withHerKit'))
    await this.at('return-explained', t('helpReturnTitle', who))
    await this.tap(t('makeReturn'))
    await this.at('return-show', t('returnShowTitle', who))
  }

  async returns(link: string, others: string, hers: string): Promise<void> {
    const { t, page } = this
    await this.tap(t('way_return'))
    await this.at('first-run-return', t('ownPlaceTitle'))
    await this.#place()
    await this.at('take-return', t('take_return'))
    await page.getByLabel(t('pasteLink')).fill(link)
    await this.tap(t('readTheLink'))
    const words = page.getByLabel(t('kitWordsOld'), { exact: true })
    await words.fill(others)
    await this.visit('take-return-preview', page)
    await this.tap(t('knock'))
    await expect(page.getByRole('alert')).toBeVisible()
    await this.visit('take-return-other-kit', page)
    await words.fill(hers)
    await this.tap(t('knock'))
    await this.at('take-return-wait', t('takeWaitTitle'))
  }

  async comparesReturn(who: string): Promise<void> {
    const { t } = this
    await this.at('return-compare', t('compareWith', who))
    await this.tap(t('same'))
    await this.at('return-voice', t('herVoice'))
    await this.tap(t('herVoiceYes'))
    await this.at('return-done', t('returnDone', who))
  }

  async invitesAnew(who: string): Promise<void> {
    const { t, page } = this
    await this.part('people')
    await page.getByRole('main').getByRole('button', { name: who }).first().click()
    await this.tap(t('lostAll'))
    await this.at('invite-anew', t('inviteAnew', who))
  }

  async goesOn(): Promise<void> {
    const { t, page } = this
    await this.part('settings')
    await this.tap(t('continueSpace'))
    await page.getByLabel(t('spaceName'), { exact: true }).fill('Red del vivero')
    await this.at('continue', t('continueSpace'))
    await this.exactly(t('continue'))
    await this.at('continue-sure', t('continueSure'))
    await this.tap(t('continueGo'))
    await this.at('continue-done', t('continueDone'))
    await this.tap(t('openSpace'))
    await expect(page.getByText(t('goesOnFrom', SPACE))).toBeVisible()
    await this.visit('continued', page)
  }

  async follows(who: string): Promise<void> {
    const { t, page } = this
    await this.go('home')
    await expect(page.getByText(t('successorSaid', who, SPACE))).toBeVisible()
    await this.visit('home-announced', page)
    await this.tap(t('successorLook'))
    await this.at('follow', t('followTitle', who))
    await this.tap(t('followNow'))
    await this.at('followed', t('followHere'))
  }
}
