// What every part of the document screen shares: the open document, its space, words, and who is where in it. Given by
// context, so that fields need only a path. Owns no content.
import { getContext, setContext } from 'svelte'
import type { DocumentId, SpaceId } from '../../base/ids.ts'
import type { DocumentView, Language, PresenceView, SpaceView } from '../../engine/api.ts'
import { documentTranslator, fieldLabel, type DocumentTranslate } from '../i18n/document.ts'
import { dayOf } from '../document/dates.ts'
import type { Company } from '../document/text-binding.ts'
import { pathName, schemaName, type FieldPath } from './document-path.ts'
import type { App } from './engine.svelte.ts'
import { label } from '../../documents/vocabulary/index.ts'
import { levels } from '../../documents/protection-plan/matrix.ts'
import { OpenDocument } from './document.svelte.ts'

export interface ScreenProps {
  readonly space: SpaceView
  readonly document: DocumentView
}

export class DocumentScreen {
  readonly open: OpenDocument
  readonly t: DocumentTranslate
  /** Everybody else who has this document open. */
  readonly present: readonly PresenceView[] = $derived.by(() =>
    this.props().space.present.filter((other) => other.document === this.props().document.id),
  )

  /** As it was opened: when the screen goes, what it was given may already be gone. */
  readonly #place: { readonly space: SpaceId; readonly document: DocumentId }

  constructor(
    readonly app: App,
    readonly props: () => ScreenProps,
  ) {
    this.t = documentTranslator(() => app.language)
    const { space, document } = props()
    this.#place = { space: space.id, document: document.id }
    this.open = new OpenDocument({
      api: app.api,
      repo: () => app.repo,
      place: this.#place,
      company: (path) => this.#company(path),
      onRefused: () => app.notify(this.t('write.failed')),
    })
  }

  get language(): Language {
    return this.app.language
  }

  get writable(): boolean {
    const { space } = this.props()
    return this.open.writable && space.role !== 'reader' && space.standing === 'active'
  }

  /** Today where she is, as 'YYYY-MM-DD'. */
  get today(): string {
    return dayOf(this.app.now)
  }

  /** A likelihood in words. */
  likelihood(code: string): string {
    return code === '' ? this.t('notSet') : label('level5', code, this.language)
  }

  /** An impact in words: the same five codes, in the gender that the word asks for. */
  impact(code: string): string {
    return isLevel(code) ? this.t(`impact.${code}`) : this.likelihood(code)
  }

  label(path: FieldPath): string {
    return fieldLabel(schemaName(path), this.language)
  }

  /** Names of those who are in the field right now, joined; empty when nobody is. */
  writersAt(path: FieldPath): string {
    const name = pathName(path)
    return this.names(this.present.filter((other) => other.field === name))
  }

  #company(path: FieldPath): Company {
    const name = pathName(path)
    if (this.present.length === 0) return 'alone'
    return this.present.some(({ field }) => field === name) ? 'together' : 'elsewhere'
  }

  names(people: readonly PresenceView[]): string {
    const all = people.map((person) => person.alias)
    const names = all.filter((name, i) => all.indexOf(name) === i)
    return new Intl.ListFormat(this.language, { type: 'conjunction' }).format(names)
  }

  place(field: string | null): void {
    const { space, document } = this.#place
    void this.app.api.setPlace({ space, place: { document, field } })
  }

  leave(): void {
    void this.app.api.setPlace({ space: this.#place.space, place: null })
  }

  /** Takes an item out, and offers to undo it. */
  removeItem(item: FieldPath, what: string): void {
    const undo = this.open.remove(item)
    if (undo === null) return
    this.app.notify(this.t('removed', what), { label: this.t('undo'), run: undo })
  }
}

type Level = (typeof levels)[number]
const isLevel = (code: string): code is Level => (levels as readonly string[]).includes(code)

const CONTEXT = Symbol('document')

export function provideDocument(screen: DocumentScreen): DocumentScreen {
  return setContext(CONTEXT, screen)
}

export function useDocument(): DocumentScreen {
  return getContext<DocumentScreen>(CONTEXT)
}
