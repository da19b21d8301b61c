// A walk through the screens of the carriers, in either language: relays and their links, two devices that connect nearby, a file by
// hand, and what is said when no relay answers. Owns the way only, as e2e-walk.ts does for the rest.
import { expect } from '@playwright/test'
import type { Phone } from './e2e-person.ts'
import type { Visit } from './e2e-walk.ts'
import { SPACE, Walker } from './e2e-walker.ts'
import type { World } from './e2e-world.ts'

const PHRASE = 'la canela hierve tres horas sin olla azul'
const MEETING = { timeout: 60_000 }

/** Visits every screen of the carriers once; `visit` is called when the screen stands still. */
export async function walkCarriers(world: World, phone: Phone, visit: Visit): Promise<void> {
  const nina = await CarrierWalker.arrive(world, 'Ceiba', phone, visit)
  await nina.begin()
  await nina.founds()
  const ana = await CarrierWalker.arrive(world, 'Copal', phone, visit)
  await ana.begin()
  await ana.joins(await nina.invites())
  await nina.looksAtRelays()
  await nina.takesRelay()
  await world.stopRelay('SIGKILL')
  await nina.losesRelay()
  const offer = await nina.shows()
  await nina.hears(await ana.answers(offer))
  await ana.isInStep()
  const file = await nina.saves()
  await ana.opens(file)
  await ana.opensWrong()
  await nina.leavesRelay()
}

class CarrierWalker extends Walker {
  static async arrive(world: World, alias: string, phone: Phone, visit: Visit): Promise<CarrierWalker> {
    return new CarrierWalker(await world.person(alias, phone), visit)
  }

  /** A way that needs no relay, from the list of them. */
  async #way(way: 'near' | 'carry' | 'takeRelay'): Promise<void> {
    await this.go('connections')
    const ways = this.page.getByRole('region', { name: this.t('otherWays') })
    await ways.getByRole('button', { name: this.t(way) }).click()
  }

  async #pasteCode(code: string): Promise<void> {
    await this.page.getByText(this.t('orPaste')).first().click()
    await this.page.getByLabel(this.t('pasteCode')).fill(code)
    await this.exactly(this.t('readCode'))
  }

  /** A place of her own. */
  async begin(): Promise<void> {
    const { t, page } = this
    await this.tap(t('ownPlace'))
    await page.getByLabel(t('alias'), { exact: true }).fill(this.person.alias)
    await page.getByLabel(t('phrase'), { exact: true }).fill(PHRASE)
    await expect(page.getByText(t('phraseStrong'))).toBeVisible()
    await this.tap(t('continue'))
    await expect(page.getByRole('heading', { name: t('kit') })).toBeVisible()
    const words = await page.locator('ol').getByRole('listitem').allInnerTexts()
    await page.getByLabel(t('kitWritten')).check()
    await this.tap(t('kitCheck'))
    for (const [i, word] of words.entries()) {
      const box = page.getByLabel(t('wordNumber', i + 1), { exact: true })
      if ((await box.count()) > 0) await box.fill(word)
    }
    await this.tap(t('kitDone'))
    await expect(page.getByRole('navigation', { name: t('mainNavigation') })).toBeVisible()
  }

  /** A network with one document in it. */
  async founds(): Promise<void> {
    const { t, page } = this
    await this.tap(t('createSpace'))
    await page.getByLabel(t('spaceName'), { exact: true }).fill(SPACE)
    await this.exactly(t('create'))
    await expect(page.getByRole('heading', { name: SPACE }).first()).toBeVisible()
    await this.tap(t('newDocument'), t('exampleOf', t('type_meeting-minutes')), t('back'))
  }

  async invites(): Promise<string> {
    const { t, page } = this
    await this.part('people')
    await this.tap(t('invite'))
    await page.getByRole('radio', { name: t('mode_open') }).check()
    await this.tap(t('makeInvitation'))
    return this.copy(t('copyLink'))
  }

  async joins(link: string): Promise<void> {
    const { t, page } = this
    await page.goto(link)
    await this.tap(t('knock'))
    await expect(page.getByText(t('inside'))).toBeVisible(MEETING)
    await this.part('documents')
    await this.visit('documents-lying', page)
  }

  async looksAtRelays(): Promise<void> {
    const { t, page } = this
    await this.part('documents')
    await this.tap(t('whereOpen'))
    await this.at('where', t('whereTitle'))
    await page.keyboard.press('Escape')
    await this.part('connections')
    await this.at('space-relays', t('travelsBy'))
    await this.tap(t('addRelay'))
    await expect(page.getByLabel(t('relayAddress'))).toBeVisible()
    await this.visit('relay-add', page)
    await this.tap(t('cancel'), t('relayShare'))
    await expect(page.getByRole('img', { name: t('relayQr') })).toBeVisible()
    await this.visit('relay-share', page)
  }

  async takesRelay(): Promise<void> {
    const { t, page } = this
    const link = await this.copy(t('copyLink'))
    await this.#way('takeRelay')
    await this.at('relay-take', t('takeRelay'))
    await page.getByLabel(t('pasteLink')).fill(link)
    await this.exactly(t('takeRelayRead'))
    await this.at('relay-taken', t('takeRelayDone', ''))
  }

  async losesRelay(): Promise<void> {
    const { t, page } = this
    await this.part('connections')
    await expect(page.getByText(t('lostStill'))).toBeVisible(MEETING)
    await this.visit('relays-lost', page)
    await this.go('connections')
    await this.at('connections-lost', t('otherWays'))
  }

  async shows(): Promise<string> {
    const { t, page } = this
    await this.#way('near')
    await this.at('near', t('near'))
    await this.tap(t('nearBegin'))
    await expect(page.getByRole('img', { name: t('nearCode') })).toBeVisible(MEETING)
    await this.at('near-show', t('nearShowTitle'))
    return this.copy(t('copyCode'))
  }

  async answers(offer: string): Promise<string> {
    const { t, page } = this
    await this.#way('near')
    await this.tap(t('nearReadFirst'))
    await this.at('near-read', t('nearReadTitle'))
    await this.#pasteCode(offer)
    await expect(page.getByRole('img', { name: t('nearCode') })).toBeVisible(MEETING)
    await this.at('near-reply', t('nearReplyTitle'))
    return this.copy(t('copyCode'))
  }

  async hears(answer: string): Promise<void> {
    await this.#pasteCode(answer)
    await this.isInStep()
    await this.go('connections')
    await this.at('connections-near', this.t('nearOpen'))
  }

  async isInStep(): Promise<void> {
    await this.at('near-in-step', this.t('nearInStep', this.person.alias === 'Ceiba' ? 'Copal' : 'Ceiba'))
  }

  /** The path of the file that was saved. */
  async saves(): Promise<string> {
    const { t, page } = this
    await this.#way('carry')
    await this.at('carry', t('carry'))
    const coming = page.waitForEvent('download')
    await this.tap(t('carrySaveDo'))
    const path = await (await coming).path()
    await expect(page.getByText(t('carryLimits'))).toBeVisible()
    await this.visit('carry-saved', page)
    return path
  }

  async opens(file: string): Promise<void> {
    const { t, page } = this
    await this.#way('carry')
    await this.#choose(file)
    await expect(page.getByText(t('carryNothing'))).toBeVisible()
    await expect(page.getByText(t('carryFor', 'Ceiba'))).toBeVisible()
    await this.visit('carry-opened', page)
  }

  async opensWrong(): Promise<void> {
    const { t, page } = this
    await this.#choose({ name: 'foto.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('nada de Telar') })
    await expect(page.getByText(t('badFile_not-a-file'))).toBeVisible()
    await this.visit('carry-wrong', page)
  }

  async #choose(file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    const choosing = this.page.waitForEvent('filechooser')
    await this.tap(this.t('carryOpenDo'))
    await (await choosing).setFiles(file)
  }

  async leavesRelay(): Promise<void> {
    const { t, page } = this
    await this.part('connections')
    await this.tap(t('removeRelay'))
    await expect(page.getByText(t('relayRemoveLast'))).toBeVisible()
    await this.visit('relay-leave', page)
    await this.tap(t('removeRelaySure'))
    await this.at('no-relay', t('travelsBy'))
  }
}
