// English. Plain and calm; the same promises as the Spanish, no more.
import type { Words } from './core.ts'
import { plurals } from './core.ts'
import type { es } from './es.ts'

const p = plurals('en')

export const en: Words<typeof es> = {
  appName: 'Telar',
  people: (n) => p(n, { one: '# person', other: '# people' }),
}
