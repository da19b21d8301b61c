// The command that looks for damage in what is stored. Owns which findings are damage (the exit code) and which are how things may be,
// and their words; finds nothing itself.
import type { DoctorFinding, DoctorReport, SpaceView } from '../../engine/api.ts'
import { chooseSpace } from '../choose.ts'
import { must } from '../failure.ts'
import { bytes } from '../format.ts'
import type { Report, Session } from '../session.ts'
import { carrierWords } from '../words/carriers.ts'
import type { Registry } from './registry.ts'

/** How things may be on a sound device: what was refused, what waits, what is for others. */
const NO_DAMAGE: readonly DoctorFinding['code'][] = ['gap', 'rejected', 'no-secret', 'newer-version']

export function doctorCommands(registry: Registry, t: (es: string, en: string) => string): void {
  registry.program
    .command('doctor')
    .description(
      t('lee otra vez todo lo guardado y dice qué está mal', 'reads all that is stored again and says what is wrong'),
    )
    .action(() => registry.unlocked(doctor))
}

async function doctor(session: Session): Promise<Report> {
  const { engine, flags } = session
  const state = await engine.state()
  const spaces = flags.space === undefined ? state.spaces : [must(chooseSpace(state, flags.space))]
  const reports: { readonly space: SpaceView; readonly report: DoctorReport }[] = []
  for (const space of spaces) reports.push({ space, report: must(await engine.doctor(space.id)) })
  const damage = reports.flatMap(({ report }) => report.findings).filter(({ code }) => !NO_DAMAGE.includes(code))
  return {
    json: { sound: damage.length === 0, spaces: reports.map(({ space, report }) => ({ id: space.id, ...report })) },
    lines: reports.flatMap(({ space, report }) => lines(session, space, report)),
    ...(damage.length === 0 ? {} : { error: { type: 'Unsound', findings: damage.length } as const }),
  }
}

function lines({ flags, words }: Session, space: SpaceView, report: DoctorReport): string[] {
  const say = carrierWords[flags.lang]
  const { entries, bytes: size, documents, findings } = report
  const head = say.examined(space.name, words.entries(entries, bytes(size)), documents)
  const line = ({ code, entry, document, reason }: DoctorFinding) =>
    [
      `  ${say.findings[code]}`,
      reason === '' ? '' : `(${reason})`,
      entry === null ? '' : `${say.entry} ${entry.slice(0, 12)}`,
      document === null ? '' : `${say.document} ${document.slice(0, 8)}`,
    ]
      .filter((part) => part !== '')
      .join(' ')
  return [head, ...(findings.length === 0 ? [`  ${say.sound}`] : findings.map(line))]
}
