// The part of the walk about people: a person's screen and mine, what may be decided there, a lost phone from both sides, the
// history, and what waits for others. Owns the way only; names are taken from the dictionaries.
import { expect, type Page } from '@playwright/test'
import type { ShellTranslate } from '../../src/ui/i18n/shell.ts'
import type { Visit } from './e2e-walk.ts'

export interface Stroller {
  readonly page: Page
  readonly t: ShellTranslate
  readonly visit: Visit
}

const ARRIVES = { timeout: 60_000 }

const tap = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name }).filter({ visible: true }).first().click()

/** In a dialog: looked at, then closed. */
async function look({ page, visit }: Stroller, button: string | RegExp, screen: string): Promise<void> {
  await tap(page, button)
  await expect(page.getByRole('dialog')).toBeVisible()
  await visit(screen, page)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

/** On the people of a space of two: `her` is the other one, who writes. */
export async function walkPeople(me: Stroller, her: Stroller, alias: string, self: string): Promise<void> {
  const { page, t, visit } = me
  const person = (who: string) => tap(page, new RegExp(`^${who}`))
  await person(alias)
  await expect(page.getByRole('heading', { name: alias, level: 1 })).toBeVisible()
  await visit('member', page)
  await look(me, t('changeRole'), 'change-role')
  await look(me, t('removeTitle', alias), 'remove')
  await lostPhone(me, her, alias)
  await tap(page, new RegExp(`^${t('resume')}`))
  await expect(page.getByRole('dialog').getByText(t('resumeCare'))).toBeVisible()
  await tap(page, t('resumeNow'))
  await expect(page.getByText(t('resumedNow'))).toBeVisible()
  await tap(page, t('herHistory'))
  await expect(page.getByText(t('h_suspend', self, alias))).toBeVisible()
  await visit('history', page)
  await tap(page, t('back'))
  await tap(page, t('back'))
  await tap(page, t('back'))
  await person(self)
  await visit('me', page)
  await look(me, new RegExp(`^${t('nameDeviceNamed', '')}`), 'name-device')
  await look(me, t('renewKeys'), 'renew-keys')
  await look(me, t('stepDown'), 'step-down')
  await look(me, t('leave'), 'leave')
  await tap(page, t('back'))
}

async function lostPhone({ page, t, visit }: Stroller, her: Stroller, alias: string): Promise<void> {
  await tap(page, t('back'))
  await tap(page, t('lost'))
  await expect(page.getByRole('heading', { name: t('lostWhose') })).toBeVisible()
  await visit('lost-phone', page)
  await tap(page, new RegExp(`^${alias}`))
  await visit('lost-phone-confirm', page)
  await tap(page, t('suspendNow'))
  await expect(page.getByRole('heading', { name: t('lostDone') })).toBeVisible()
  await visit('lost-phone-done', page)
  await expect(her.page.getByText(her.t('suspendedHere')).first()).toBeVisible(ARRIVES)
  await her.visit('suspended-device', her.page)
  await tap(page, t('seeHer', alias))
  await expect(page.getByRole('heading', { name: alias, level: 1 })).toBeVisible()
  await visit('member-suspended', page)
}
