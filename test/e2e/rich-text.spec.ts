// Formatted text by keyboard, by two people at once and apart: headings, bold, lists and links are there for both, survive a
// cut, and merge; what is pasted is cleaned; each undoes only her own.
import type { Locator } from '@playwright/test'
import type { Person } from '../support/e2e-person.ts'
import { expect, test } from '../support/e2e-test.ts'
import type { World } from '../support/e2e-world.ts'

const RED = 'Red de las Jacarandas'
const PLAN = 'Plan del puente viejo'
const RECONNECT = { timeout: 90_000 }

async function two(world: World): Promise<[Person, Person]> {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', PLAN)
  await nina.tap('Volver')
  const ana = await world.person('Copal')
  await ana.join(await nina.invite('En persona'))
  await ana.enterSpace(RED)
  await ana.openDocument(PLAN)
  await nina.openSpace(RED)
  await nina.openDocument(PLAN)
  return [nina, ana]
}

const text = (person: Person): Locator => person.field('Contexto')

/** Types as with a keyboard, after what is there or where the caret is. */
async function write(person: Person, words: string): Promise<void> {
  person.world.secrets.text(words)
  await person.page.keyboard.type(words)
}

/** The editor hears of a moved caret by an event that comes after the key: who types on only then types where it is. */
async function caretTo(person: Person, key: 'Control+Home' | 'Control+End'): Promise<void> {
  const moved = person.page.evaluate(
    () =>
      new Promise<void>((resolve) =>
        document.addEventListener('selectionchange', () => requestAnimationFrame(() => resolve()), { once: true }),
      ),
  )
  await text(person).press(key)
  await moved
}

async function paste(person: Person, html: string): Promise<void> {
  await text(person).evaluate((element, data) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/html', data)
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, html)
}

test('two write one formatted text, together and apart, by keyboard alone', async ({ world }) => {
  const [nina, ana] = await two(world)
  const [hers, other] = [text(nina), text(ana)]

  await test.step('a heading, bold, a list and a link reach the other', async () => {
    await hers.focus()
    await nina.page.keyboard.press('Control+Alt+1')
    await write(nina, 'La zona del puente')
    await nina.page.keyboard.press('Enter')
    await write(nina, 'De noche hay ')
    await nina.page.keyboard.press('Control+b')
    await write(nina, 'retenes')
    await nina.page.keyboard.press('Control+b')
    await write(nina, ' cerca')
    await nina.page.keyboard.press('Enter')
    await write(nina, '- avisar a las vecinas')
    await nina.page.keyboard.press('Enter')
    await write(nina, 'llevar la radio')
    await nina.page.keyboard.press('Tab')
    await expect(other.locator('h3')).toHaveText('La zona del puente')
    await expect(other.locator('strong')).toHaveText('retenes')
    await expect(other.locator('[data-item="ul"][data-depth="1"]')).toHaveText('llevar la radio')
    await expect(other.locator('[data-item="ul"][data-depth="0"]')).toHaveText('avisar a las vecinas')
    expect(await nina.page.getByRole('toolbar', { name: 'Formato' }).count()).toBe(1)
    expect(await ana.page.getByRole('toolbar', { name: 'Formato' }).count()).toBe(0)
  })

  await test.step('apart, both go on; what each did is there afterwards', async () => {
    for (const one of [nina, ana]) await one.goOffline()
    await caretTo(nina, 'Control+Home')
    await write(nina, 'Así está ')
    await other.focus()
    await caretTo(ana, 'Control+End')
    await ana.page.keyboard.press('Enter')
    await ana.page.keyboard.press('Control+Shift+9')
    await write(ana, 'Aquí nadie camina sola')
    await nina.seesUnsent()
    await ana.seesUnsent()
    for (const one of [nina, ana]) await one.goOffline(false)
    for (const one of [hers, other]) {
      await expect(one.locator('h3')).toHaveText('Así está La zona del puente', RECONNECT)
      await expect(one.locator('blockquote')).toHaveText('Aquí nadie camina sola', RECONNECT)
      await expect(one.locator('strong')).toHaveText('retenes')
    }
    expect(await hers.innerHTML()).toBe(await other.innerHTML())
  })

  await test.step('undo takes back only her own', async () => {
    await hers.focus()
    await nina.page.keyboard.press('Control+z')
    await expect(hers.locator('h3')).toHaveText('La zona del puente')
    await expect(hers.locator('blockquote')).toHaveText('Aquí nadie camina sola')
    await expect(other.locator('h3')).toHaveText('La zona del puente')
    await nina.page.keyboard.press('Control+y')
    await expect(other.locator('h3')).toHaveText('Así está La zona del puente')
  })

  await test.step('what is pasted keeps our kinds and nothing else; a link is asked for and checked', async () => {
    await other.press('Control+End')
    await ana.page.keyboard.press('Enter')
    await ana.page.keyboard.press('Enter')
    await paste(
      ana,
      '<style>p{color:red}</style><h2 onclick="x()">Pegado</h2><p style="font-weight:bold">fuerte <img src="https://x.test/a.png"><a href="javascript:alert(1)">liga</a></p><script>alert(1)</script>',
    )
    await expect(hers.locator('h4')).toHaveText('Pegado')
    expect(await other.locator('img, script, style').count()).toBe(0)
    expect(await other.locator('a').count()).toBe(0)
    await ana.page.keyboard.press('Control+k')
    await ana.page.getByLabel('Dirección de la liga').fill('javascript:alert(1)')
    await ana.page.keyboard.press('Enter')
    await ana.sees('Solo direcciones que empiezan')
    await ana.page.getByLabel('Dirección de la liga').fill('https://red.test/a')
    await ana.page.keyboard.press('Enter')
    await expect(hers.locator('a')).toHaveAttribute('href', 'https://red.test/a')
    await nina.seesNothingUnsent()
  })
})
