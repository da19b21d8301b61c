// Spanish. Infinitives, without tú or usted; feminine plural; what happened, what is safe, what to do.
import { plurals } from './core.ts'

const p = plurals('es')

export const es = {
  appName: 'Telar',
  people: (n: number) => p(n, { one: '# persona', other: '# personas' }),
}
