// A person with a phone, in the words of the story: she is found things by their roles and visible Spanish names, as people
// find them. Owns her browser context and what she typed; every word goes to the world's secrets before it is typed.
import { readFileSync } from 'node:fs'
import { type BrowserContext, chromium, devices, expect, type Locator, type Page } from '@playwright/test'
import { decode } from '../../src/base/codec.ts'
import type { World } from './e2e-world.ts'

export type Kind = 'Plan de protección' | 'Memoria de reunión' | 'Sistematización' | 'Padrón'

export interface Phone {
  /** What the camera sees: a Y4M file, which must be there when the camera is opened. */
  readonly camera?: string
  /** A profile that outlives the browser, as an installed app has. */
  readonly profile?: string
  readonly dark?: boolean
  readonly english?: boolean
  /** A laptop's screen instead of a phone's. */
  readonly wide?: boolean
  /** Pictures at twice the resolution. */
  readonly sharp?: boolean
  /** Time in pages can be moved forward. */
  readonly clock?: boolean
}

/** Milliseconds for a step of a person on a busy machine: an opening takes a whole Argon2id. */
const PATIENCE = 20_000
const SCREEN = { width: 390, height: 844 }
const WIDE_SCREEN = { width: 1280, height: 800 }

export class Person {
  readonly phrase: string
  recoveryWords: string[] = []
  #context!: BrowserContext
  #page!: Page
  #close!: () => Promise<void>

  private constructor(
    readonly world: World,
    readonly alias: string,
    readonly phone: Phone,
  ) {
    this.phrase = `la canela de ${alias} hierve tres horas sin olla azul`
    world.secrets.word(alias)
    world.secrets.text(this.phrase)
  }

  static async arrive(world: World, alias: string, phone: Phone): Promise<Person> {
    const person = new Person(world, alias, phone)
    await person.takePhone()
    return person
  }

  get page(): Page {
    return this.#page
  }

  get context(): BrowserContext {
    return this.#context
  }

  /** Opens the browser and the app's address (again). */
  async takePhone(): Promise<void> {
    const options = {
      ...(this.phone.wide === true
        ? { viewport: WIDE_SCREEN }
        : { viewport: SCREEN, hasTouch: true, userAgent: devices['Pixel 7'].userAgent }),
      deviceScaleFactor: this.phone.sharp === true ? 2 : 1,
      locale: this.phone.english === true ? 'en-GB' : 'es-MX',
      permissions: ['camera', 'clipboard-read', 'clipboard-write'],
      acceptDownloads: true,
      colorScheme: this.phone.dark === true ? ('dark' as const) : ('light' as const),
      reducedMotion: 'reduce' as const,
    }
    const { camera, profile } = this.phone
    if (camera !== undefined || profile !== undefined) {
      const seen = camera === undefined ? [] : [`--use-file-for-fake-video-capture=${camera}`]
      const fake = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', ...seen]
      const args = [...(this.world.launch.args ?? []), ...fake]
      const folder = profile ?? this.world.folder('profile')
      this.#context = await chromium.launchPersistentContext(folder, { ...this.world.launch, ...options, args })
    } else {
      this.#context = await this.world.browser.newContext(options)
    }
    const context = this.#context
    this.#close = () => context.close()
    context.setDefaultTimeout(PATIENCE)
    this.#watch(context)
    await context.addInitScript(canBeApart)
    this.#page = context.pages()[0] ?? (await context.newPage())
    if (this.phone.clock === true) await context.clock.install()
    await this.#page.goto(this.world.address)
  }

  /** Closes the browser; what is stored stays if the phone has a profile. */
  async leave(): Promise<void> {
    await this.#close()
  }

  /** Closes the page and opens the app anew: the same device, locked. */
  async reopen(): Promise<void> {
    const page = await this.#context.newPage()
    await this.#page.close()
    this.#page = page
    await page.goto(this.world.address)
  }

  /** The app once more, beside the page she has open. */
  async secondTab(): Promise<Page> {
    const page = await this.#context.newPage()
    await page.goto(this.world.address)
    return page
  }

  async closePage(): Promise<void> {
    const page = await this.#context.newPage()
    await this.#page.close()
    this.#page = page
  }

  async openPage(): Promise<void> {
    await this.#page.goto(this.world.address)
  }

  #watch(context: BrowserContext): void {
    const complain = (text: string) => this.world.complaints.push(`${this.alias}: ${text}`)
    const here = new URL(this.world.address).host
    context.on('request', (request) => {
      const url = new URL(request.url())
      if (/^(?:https?|wss?):$/.test(url.protocol) && url.host !== here) complain(`asked ${url.host}`)
    })
    context.on('weberror', (error) => complain(`threw ${String(error.error())}`))
    context.on('console', (message) => {
      if (/content security policy|trusted ?(?:types?|html|script)|refused to/i.test(message.text()))
        complain(message.text())
      else if (message.type() === 'error' && !NETWORK.test(message.text())) complain(`console: ${message.text()}`)
    })
    const tell = (_: unknown, text: string) => complain(`violates ${text}`)
    void context.exposeBinding('e2eViolation', tell)
    void context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const say = (globalThis as unknown as { e2eViolation: (text: string) => void }).e2eViolation
        say(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)
      })
    })
  }

  // Reading and touching

  button(name: string | RegExp): Locator {
    return this.#page.getByRole('button', { name }).filter({ visible: true })
  }

  async tap(name: string | RegExp): Promise<void> {
    await this.button(name).first().click()
  }

  /** Types into the field with this label, after what is there. */
  async type(field: string | Locator, text: string, { slowly = false, keep = false } = {}): Promise<void> {
    this.world.secrets.text(text)
    const box = typeof field === 'string' ? this.field(field) : field
    if (slowly || keep) {
      await box.focus()
      await box.press('Control+End')
      if (slowly) await box.pressSequentially(text, { delay: 25 })
      else await this.#page.keyboard.insertText(text)
    } else await box.fill(text)
  }

  /** A field by its label; while somebody else is in it, her alias stands beside the label. */
  field(label: string | RegExp): Locator {
    const found = this.#page.getByLabel(typeof label === 'string' ? labelled(label) : label)
    // Not the part of the page that has the same name.
    return found.and(this.#page.locator('input, textarea, select, [contenteditable="true"]'))
  }

  /** The field, of one line or long, holds this and nothing else. */
  async seesText(label: string | RegExp, text: string, options: { timeout?: number } = {}): Promise<void> {
    await expect(this.field(label)).toHaveText(text, options)
  }

  async typeAtStart(field: string, text: string): Promise<void> {
    this.world.secrets.text(text)
    await this.field(field).focus()
    await this.field(field).press('Control+Home')
    await this.field(field).pressSequentially(text, { delay: 25 })
  }

  /** When (ms, the machine's clock) the field first holds `text`, looked at in each frame. */
  async seesLetter(field: string, text: string): Promise<number> {
    const element = await this.field(field).elementHandle()
    const seen = await this.#page.waitForFunction(
      ({ element, text }) =>
        ((element as { value?: string }).value ?? element?.textContent) === text &&
        performance.timeOrigin + performance.now(),
      { element, text },
      { polling: 'raf' },
    )
    return Number(await seen.jsonValue())
  }

  /** On an open document or space: how much has not reached a relay. */
  #unsent(): Locator {
    return this.#page.getByRole('button', { name: /por enviar/ }).first()
  }

  async seesUnsent(): Promise<void> {
    await expect(this.#unsent()).toHaveText(/[1-9]\d*\s*por enviar/)
    await this.seesKept()
  }

  async unsent(): Promise<number> {
    const text = (await this.#unsent().textContent()) ?? ''
    return Number(/(\d+)\s*por enviar/.exec(text)?.[1] ?? Number.NaN)
  }

  /** More is unsent than `before`: what was written since then is kept. */
  async seesMoreUnsent(before: number): Promise<void> {
    await expect.poll(() => this.unsent()).toBeGreaterThan(before)
    await this.seesKept()
  }

  /** Everything typed so far is on this device for good. */
  async seesKept(): Promise<void> {
    await expect(this.#unsent()).toContainText('guardado')
  }

  async seesNothingUnsent(options: { timeout?: number } = {}): Promise<void> {
    await expect(this.#unsent()).toHaveText(/\b0\s*por enviar/, options)
  }

  async sees(text: string | RegExp): Promise<void> {
    await expect(this.#page.getByText(text).filter({ visible: true }).first()).toBeVisible()
  }

  async seesHeading(name: string | RegExp): Promise<void> {
    await expect(this.#page.getByRole('heading', { name }).first()).toBeAttached()
  }

  async doesNotSee(text: string | RegExp): Promise<void> {
    await expect(this.#page.getByText(text).filter({ visible: true })).toHaveCount(0)
  }

  // The story

  /** A place of her own: alias, secret phrase, twelve words on paper, two of them checked. */
  async firstRun(way: 'Hacer un lugar propio' | 'Entrar con invitación' = 'Hacer un lugar propio'): Promise<void> {
    await this.tap(way)
    await this.type('Alias', this.alias)
    await this.type('Frase secreta', this.phrase)
    await this.sees('Frase fuerte.')
    await this.tap('Seguir')
    await this.seesHeading('Kit de recuperación')
    this.recoveryWords = await this.#page.locator('ol').getByRole('listitem').allInnerTexts()
    expect(this.recoveryWords).toHaveLength(12)
    this.world.secrets.word(this.recoveryWords.join(' '))
    this.world.secrets.word(this.recoveryWords.slice(0, 4).join(' '))
    await this.#page.getByLabel('Ya las anoté y están en un lugar seguro').check()
    await this.tap('Comprobar dos palabras')
    for (const box of await this.#page.getByRole('textbox').all()) {
      const id = (await box.getAttribute('id')) ?? ''
      const label = await this.#page.locator(`label[for="${id}"]`).innerText()
      await box.fill(this.recoveryWords[Number(/\d+/.exec(label)![0]) - 1]!)
    }
    await this.tap('Listo, entrar')
    await expect(this.#page.getByRole('navigation', { name: 'Principal' })).toBeVisible()
  }

  /** From an empty start. */
  async createNetwork(name: string): Promise<void> {
    await this.tap('Inicio')
    await this.tap(/^Crear/)
    const again = this.button(/^Crear una red/)
    if ((await this.#page.getByLabel('Nombre', { exact: true }).count()) === 0) await again.first().click()
    await this.type('Nombre', name)
    await this.tap(/^Crear$/)
    await this.seesHeading(name)
  }

  async home(): Promise<void> {
    await this.#page
      .getByRole('navigation', { name: 'Principal' })
      .getByRole('button', { name: /^Inicio/ })
      .click()
  }

  async openSpace(name: string): Promise<void> {
    await this.home()
    await this.#page.getByRole('main').getByRole('button', { name }).first().click()
    await this.seesHeading(name)
  }

  async part(name: 'Documentos' | 'Personas' | 'Conexiones' | 'Ajustes'): Promise<void> {
    await this.#page
      .getByRole('navigation', { name: 'Partes del espacio' })
      .getByRole('button', { name: new RegExp(`^${name}`) })
      .click()
  }

  /** In the open space. */
  async createDocument(kind: Kind, title: string): Promise<void> {
    await this.tap('Nuevo documento')
    await this.#page.getByRole('radio', { name: new RegExp(`^${kind}`) }).check()
    await this.type('Título', title)
    await this.tap(/^Crear$/)
    await this.documentOpen(title)
  }

  async createFromExample(kind: Kind): Promise<void> {
    await this.tap('Nuevo documento')
    await this.tap(`Ejemplo: ${kind}`)
    await this.documentOpen()
  }

  /** In the open space: a document from a file. */
  async openFile(path: string): Promise<void> {
    this.world.secrets.json(JSON.parse(readFileSync(path, 'utf8')))
    await this.tap('Nuevo documento')
    const choosing = this.#page.waitForEvent('filechooser')
    await this.tap('Abrir un archivo')
    await (await choosing).setFiles(path)
    await this.documentOpen()
  }

  /** The open document as a file of the phone. */
  async exportDocument(): Promise<unknown> {
    await this.tap('Guardar copia en archivo')
    const coming = this.#page.waitForEvent('download')
    await this.tap('Guardar la copia')
    return JSON.parse(readFileSync(await (await coming).path(), 'utf8'))
  }

  async documentOpen(title?: string): Promise<void> {
    await expect(this.#page.getByRole('combobox', { name: 'Estado' }).first()).toBeVisible()
    if (title !== undefined) await expect(this.field('Título')).toHaveValue(title)
  }

  async openDocument(title: string | RegExp): Promise<void> {
    await this.#page.getByRole('main').getByRole('button', { name: title }).first().click()
    await this.documentOpen()
  }

  /** In the open space: an invitation; answers its link, which is a secret until used. */
  async invite(mode: 'En persona' | 'Por mensaje', note = ''): Promise<string> {
    await this.part('Personas')
    await this.tap('Invitar')
    await this.#page.getByRole('radio', { name: new RegExp(`^${mode}`) }).check()
    if (note !== '') await this.type('Para quién (opcional)', note)
    await this.tap('Hacer la invitación')
    await expect(this.#page.getByRole('img', { name: 'Código de la invitación, para escanear' })).toBeVisible()
    await this.tap('Copiar enlace')
    await this.sees('Enlace copiado. Vale una sola vez.')
    const link = await this.#page.evaluate(() => navigator.clipboard.readText())
    this.#keep(link)
    return link
  }

  #keep(link: string): void {
    const payload = /#telar1\.([A-Za-z0-9_-]+)$/.exec(link)?.[1]
    expect(payload, 'the link holds an invitation').toBeDefined()
    this.world.secrets.word(payload!)
    const read = decode(Buffer.from(payload!, 'base64url'))
    if (!read.ok) throw new Error('the link cannot be read')
    const { seed, space } = read.value as Record<string, Uint8Array>
    this.world.secrets.bytes('seed of an invitation', seed!)
    this.world.secrets.bytes('id of a space', space!)
  }

  /** Opens the link in the browser, with or without a place of her own, and knocks. */
  async join(link: string): Promise<void> {
    await this.#page.goto(link)
    if (!link.startsWith(this.world.address)) throw new Error('the link leads elsewhere')
    if (this.recoveryWords.length === 0) {
      // A goto that only changes the fragment keeps the page.
      await this.sees('Hay una invitación por abrir')
      await this.firstRun()
    }
    await this.knock()
  }

  async knock(): Promise<void> {
    await this.seesHeading('Una invitación')
    await this.tap('Pedir entrar')
  }

  /** The eight words beside my own knock, or beside the first knock on my invitations. */
  async safetyWords(): Promise<string[]> {
    const list = this.#page.getByRole('list', { name: 'Palabras de seguridad' }).first()
    await expect(list).toBeVisible()
    const words = await list.getByRole('listitem').allInnerTexts()
    this.world.secrets.word(words.join(' '))
    return words
  }

  /** Where she waited, the space opens by itself once she is let in. */
  async enterSpace(name: string): Promise<void> {
    await this.sees('Ya dentro')
    await this.seesHeading(name)
  }

  /** In the open space: the screen of one person in it. */
  async openPerson(alias: string): Promise<void> {
    await this.part('Personas')
    await this.#page
      .getByRole('main')
      .getByRole('listitem')
      .getByRole('button', { name: new RegExp(`${escaped(alias)}(?: \\(yo\\))? (?:Coordina|Escribe|Lee|Salió)`) })
      .click()
    await this.seesHeading(alias)
  }

  /** On somebody's screen: what she may do. Says what came of it. */
  async setRole(
    can: 'Coordinar' | 'Escribir' | 'Leer',
    said: 'Cambiado.' | 'Propuesto. Falta la palabra de las demás.',
  ) {
    await this.tap('Cambiar lo que puede hacer')
    const sheet = this.#page.getByRole('dialog')
    await sheet.getByRole('radio', { name: new RegExp(`^${can}`) }).check()
    await sheet.getByRole('button', { name: said === 'Cambiado.' ? 'Cambiar' : 'Proponer', exact: true }).click()
    await this.sees(said)
  }

  async removeMember(alias: string): Promise<void> {
    await this.openPerson(alias)
    await this.tap(`Sacar a ${alias}`)
    const sheet = this.#page.getByRole('dialog')
    await sheet.getByRole('button', { name: 'Sacar', exact: true }).click()
    await sheet.getByRole('button', { name: 'Sí, sacar' }).click()
    await this.sees(`${alias} salió. La llave cambió.`)
    await this.tap('Volver')
  }

  async lock(): Promise<void> {
    await this.tap('Mi lugar')
    await this.tap('Cerrar con llave ahora')
    await expect(this.field('Frase secreta')).toBeVisible()
  }

  async unlock(phrase = this.phrase): Promise<void> {
    await this.field('Frase secreta').fill(phrase)
    await this.tap(/^Abrir$/)
    await expect(this.#page.getByRole('navigation', { name: 'Principal' })).toBeVisible()
  }

  /** Nothing is being sent, and no message of a moment is shown. */
  async quiet(): Promise<void> {
    await expect(this.#page.getByText(/Por enviar|Abriendo/).filter({ visible: true })).toHaveCount(0, {
      timeout: 60_000,
    })
  }

  /** The app is kept on the device whole: a worker is in charge, and has every file of the build. */
  /** Types, and waits until it is stored here and on the relay: counted as unsent while the line is down, then not. */
  async typeAndKeep(field: string, text: string): Promise<void> {
    await this.seesNothingUnsent({ timeout: 90_000 })
    this.world.proxy.cut()
    await this.type(field, text, { keep: true })
    await this.seesUnsent()
    this.world.proxy.mend()
    await this.seesNothingUnsent({ timeout: 90_000 })
  }

  async installed(): Promise<void> {
    await this.#page.waitForFunction(async () => {
      const registration = await navigator.serviceWorker.getRegistration()
      return registration?.active?.state === 'activated' && (await caches.keys()).length > 0
    })
  }

  /** Away from every network: no relay, and nobody in the same room. */
  async goOffline(offline = true): Promise<void> {
    await this.#context.setOffline(offline)
    for (const page of this.#context.pages())
      await page.evaluate((away) => (globalThis as Apart).e2eApart?.(away), offline)
  }
}

interface Apart {
  e2eApart?: (away: boolean) => void
}

/** In a page: what a browser's own switch does not cut, connections to other browsers. */
function canBeApart(): void {
  const open = new Set<RTCPeerConnection>()
  let apart = false
  class Connection extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      if (apart) throw new DOMException('there is no network', 'OperationError')
      super(configuration)
      open.add(this)
    }
  }
  globalThis.RTCPeerConnection = Connection
  ;(globalThis as Apart).e2eApart = (away) => {
    apart = away
    for (const connection of away ? open : []) {
      connection.close()
      connection.dispatchEvent(new Event('connectionstatechange'))
    }
    if (away) open.clear()
  }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The label alone, or with who else is there ("Contexto Copal aquí"). */
const labelled = (label: string): RegExp => new RegExp(`^\\s*${escaped(label)}\\s*(?:\\S.* aquí)?\\s*$`)

/** What a browser writes when a relay is away. */
const NETWORK = /WebSocket connection|Failed to load resource|net::ERR_/
