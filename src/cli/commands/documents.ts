// Commands about documents: import, export, list, create, and changes on a path. Owns nothing of what a field means: the
// engine checks every value against the document's type.
import { InvalidArgumentError } from 'commander'
import { parseJson, parsePath } from '../../documents/json.ts'
import { isDocumentType, type DocumentType } from '../../documents/registry.ts'
import type { DocumentView, Edit, SpaceView } from '../../engine/api.ts'
import { chooseDocument, shortIds } from '../choose.ts'
import { fail, must } from '../failure.ts'
import { json, table, time } from '../format.ts'
import { argument, readText, writePrivate } from '../secrets.ts'
import { type Report, type Session, space } from '../session.ts'
import { type Registry, whole } from './registry.ts'

const type = (text: string): DocumentType => {
  if (isDocumentType(text)) return text
  throw new InvalidArgumentError(
    'membership-roster, protection-plan, meeting-minutes or learning-systematization is needed',
  )
}

export function documentCommands(registry: Registry, t: (es: string, en: string) => string): void {
  const doc = registry.program.command('doc').description(t('documentos', 'documents'))
  const id: [string, string] = ['<id>', t('comienzo del ID, o el título', 'beginning of the ID, or the title')]
  const path: [string, string] = ['<path>', 'threats.0.likelihood | /threats/0/likelihood']
  const text = t('«-» para la entrada estándar, o @archivo', '"-" for standard input, or @file')
  const withDocument = (task: (session: Session, at: Located) => Promise<Report>, given: string) =>
    registry.unlocked(async (session) => {
      const chosen = await space(session)
      return task(session, { space: chosen, document: must(chooseDocument(chosen, given)) })
    })

  doc
    .command('list')
    .description(t('los documentos del espacio', 'the documents of the space'))
    .action(() => registry.unlocked(list))
  doc
    .command('create')
    .description(t('crea un documento vacío', 'creates an empty document'))
    .argument('<type>', 'membership-roster | protection-plan | meeting-minutes | learning-systematization', type)
    .argument('<title>', t(`el título, ${text}`, `the title, ${text}`))
    .action((kind: DocumentType, title: string) => registry.unlocked((session) => create(session, kind, title)))
  doc
    .command('import')
    .description(t('trae un documento de un archivo JSON', 'brings in a document from a JSON file'))
    .argument('<file>', t('archivo, o «-»', 'file, or "-"'))
    .action((file: string) => registry.unlocked((session) => bring(session, file)))
  doc
    .command('export')
    .description(t('saca un documento como JSON, sin pérdida', 'gives out a document as JSON, without loss'))
    .argument(...id)
    .option('--out <file>', t('a un archivo que solo usted lee', 'to a file that only you read'))
    .action((given: string, options: { out?: string }) =>
      withDocument((session, at) => give(session, at, options.out), given),
    )
  doc
    .command('show')
    .description(t('muestra un documento como JSON', 'shows a document as JSON'))
    .argument(...id)
    .action((given: string) => withDocument((session, at) => give(session, at, undefined), given))
  doc
    .command('set')
    .description(t('pone un valor en un campo', 'sets the value of a field'))
    .argument(...id)
    .argument(...path)
    .argument('<json>', t(`JSON, ${text}`, `JSON, ${text}`))
    .action((given: string, where: string, value: string) =>
      withDocument(
        async (session, at) =>
          edit(session, at, { op: 'set', path: parsePath(where), value: await jsonArgument(session, value) }),
        given,
      ),
    )
  doc
    .command('text')
    .description(
      t(
        'cambia un texto; lo que otras escriban a la vez se une',
        'changes a text; what others type meanwhile is merged',
      ),
    )
    .argument(...id)
    .argument(...path)
    .argument('<text>', t(`el texto entero, ${text}`, `the whole text, ${text}`))
    .action((given: string, where: string, value: string) =>
      withDocument(
        async (session, at) =>
          edit(session, at, { op: 'text', path: parsePath(where), value: await argument(session.io, value) }),
        given,
      ),
    )
  doc
    .command('insert')
    .description(t('añade algo a una lista', 'puts an item into a list'))
    .argument(...id)
    .argument(...path)
    .argument('<index>', t('lugar, desde 0', 'place, from 0'), whole(0, 1_000_000))
    .argument('<json>', t(`JSON, ${text}`, `JSON, ${text}`))
    .action((given: string, where: string, index: number, value: string) =>
      withDocument(
        async (session, at) =>
          edit(session, at, { op: 'insert', path: parsePath(where), index, value: await jsonArgument(session, value) }),
        given,
      ),
    )
  doc
    .command('remove')
    .description(t('quita algo de una lista', 'takes an item out of a list'))
    .argument(...id)
    .argument(...path)
    .argument('<index>', t('lugar, desde 0', 'place, from 0'), whole(0, 1_000_000))
    .action((given: string, where: string, index: number) =>
      withDocument((session, at) => edit(session, at, { op: 'remove', path: parsePath(where), index }), given),
    )
}

interface Located {
  readonly space: SpaceView
  readonly document: DocumentView
}

async function jsonArgument({ io }: Session, given: string): Promise<unknown> {
  const parsed = parseJson(await argument(io, given))
  return parsed.ok ? parsed.value : fail({ type: 'Usage', message: `JSON: ${parsed.error.type}` })
}

async function list(session: Session): Promise<Report> {
  const { words } = session
  const { id, documents } = await space(session)
  const short = shortIds(documents.map((document) => document.id))
  const shown = documents.filter((document) => !document.archived)
  const { columns } = words
  return {
    json: { space: id, documents },
    lines:
      shown.length === 0
        ? [words.nothing]
        : table(
            [columns.id, columns.type, columns.title, columns.status, columns.changed, columns.unsent],
            shown.map((document) => [
              short.get(document.id) ?? document.id,
              document.type,
              document.title,
              document.status,
              time(document.updatedAt),
              String(document.unsent),
            ]),
          ),
  }
}

async function create(session: Session, kind: DocumentType, given: string): Promise<Report> {
  const { id } = await space(session)
  const title = (await argument(session.io, given)).trim()
  const made = must(await session.engine.createDocument({ space: id, type: kind, title }))
  return { json: { space: id, document: made.document }, lines: [session.words.imported(made.document)] }
}

async function bring(session: Session, file: string): Promise<Report> {
  const text = file === '-' ? await session.io.readStdin() : await readText(file)
  const { id } = await space(session)
  const made = must(await session.engine.importDocument({ space: id, json: text }))
  return { json: { space: id, document: made.document }, lines: [session.words.imported(made.document)] }
}

async function give(session: Session, { space: { id }, document }: Located, out: string | undefined): Promise<Report> {
  const exported = must(await session.engine.exportDocument({ space: id, document: document.id }))
  const ids = { space: id, document: document.id, title: exported.title }
  const notWhole = await missing(session, id, document.id)
  if (out !== undefined) {
    await writePrivate(out, exported.json.endsWith('\n') ? exported.json : `${exported.json}\n`)
    return { json: { ...ids, file: out }, lines: [session.words.written(out)], ...notWhole }
  }
  const content: unknown = JSON.parse(exported.json)
  return { json: { ...ids, content }, lines: [], raw: `${json(content, 2)}\n`, ...notWhole }
}

/** Known once it was opened: a script must not take a part for the whole. */
async function missing({ engine }: Session, space: string, document: string): Promise<Pick<Report, 'error'>> {
  const { spaces } = await engine.state()
  const found = spaces.find(({ id }) => id === space)?.documents.find(({ id }) => id === document)
  return found?.heldBack === true || found?.here === false ? { error: { type: 'NotWhole' } } : {}
}

async function edit(session: Session, { space: { id }, document }: Located, change: Edit): Promise<Report> {
  must(await session.engine.editDocument({ space: id, document: document.id, edits: [change] }))
  return { json: { space: id, document: document.id }, lines: [session.words.saved] }
}
