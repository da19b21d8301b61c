// The few steps of a person that the browser benchmarks need: a place of her own, a network, a plan, an invitation. Finds
// things by their roles and Spanish names, as people do. Measures nothing.
import type { Locator, Page } from '@playwright/test'

export const PHRASE = 'la canela hierve tres horas sin olla azul'

export const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', { name }).filter({ visible: true }).first()

/** A field by its label, with or without who else is in it. */
export const field = (page: Page, label: string): Locator =>
  page
    .getByLabel(new RegExp(`^\\s*${label}\\s*(?:\\S.* aquí)?\\s*$`))
    .and(page.locator('input, textarea, [contenteditable="true"]'))

export const main = (page: Page): Locator => page.getByRole('navigation', { name: 'Principal' })

/** From the form of the first run to inside, the recovery kit checked. */
export async function firstRun(page: Page, alias: string): Promise<void> {
  await button(page, 'Hacer un lugar propio').click()
  await field(page, 'Alias').fill(alias)
  await field(page, 'Frase secreta').fill(PHRASE)
  await page.getByText('Frase fuerte.').waitFor()
  await button(page, 'Seguir').click()
  await keepKit(page)
}

export async function keepKit(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Kit de recuperación' }).waitFor()
  const words = await page.locator('ol').getByRole('listitem').allInnerTexts()
  await page.getByLabel('Ya las anoté y están en un lugar seguro').check()
  await button(page, 'Comprobar dos palabras').click()
  for (const box of await page.getByRole('textbox').all()) {
    const label = await page.locator(`label[for="${(await box.getAttribute('id')) ?? ''}"]`).innerText()
    await box.fill(words[Number(/\d+/.exec(label)?.[0]) - 1] ?? '')
  }
  await button(page, 'Listo, entrar').click()
  await main(page).waitFor()
}

export async function createNetwork(page: Page, name: string): Promise<void> {
  await button(page, /^Crear/).click()
  const name_ = page.getByLabel('Nombre', { exact: true })
  await Promise.race([name_.waitFor(), button(page, /^Crear una red/).waitFor()])
  if ((await name_.count()) === 0) await button(page, /^Crear una red/).click()
  await name_.fill(name)
  await button(page, /^Crear$/).click()
  await page.getByRole('heading', { name }).first().waitFor()
}

export async function createPlan(page: Page, title: string): Promise<void> {
  await button(page, 'Nuevo documento').click()
  await page.getByRole('radio', { name: /^Plan de protección/ }).check()
  await field(page, 'Título').fill(title)
  await button(page, /^Crear$/).click()
  await field(page, 'Contexto').waitFor()
}

export async function openSpace(page: Page, name: string): Promise<void> {
  await main(page)
    .getByRole('button', { name: /^Inicio/ })
    .click()
  await page.getByRole('main').getByRole('button', { name }).first().click()
  await page.getByRole('heading', { name }).first().waitFor()
}

export async function openPlan(page: Page, title: string): Promise<void> {
  await page.getByRole('main').getByRole('button', { name: title }).first().click()
  await field(page, 'Contexto').waitFor()
}

/** In the open space; answers the link. */
export async function invite(page: Page): Promise<string> {
  await page
    .getByRole('navigation', { name: 'Partes del espacio' })
    .getByRole('button', { name: /^Personas/ })
    .click()
  await button(page, 'Invitar').click()
  await page.getByRole('radio', { name: /^En persona/ }).check()
  await button(page, 'Hacer la invitación').click()
  await button(page, 'Copiar enlace').click()
  await page.getByText('Enlace copiado. Vale una sola vez.').waitFor()
  return page.evaluate(() => navigator.clipboard.readText())
}

/** With a link, on a new device. */
export async function join(page: Page, link: string, alias: string, space: string): Promise<void> {
  await page.goto(link)
  await firstRun(page, alias)
  await button(page, 'Pedir entrar').click()
  // Let in at once, she may already stand in the space.
  const inside = page.getByRole('heading', { name: space }).first()
  await button(page, 'Abrir el espacio').or(inside).first().waitFor()
  if (!(await inside.isVisible())) await button(page, 'Abrir el espacio').click()
  await inside.waitFor()
}
