// Work that goes on with no relay alive, by files, between headless members as real processes: one writes and saves a file, the other
// opens it and has it all, and answers with what is new since; then a new relay, told by a link.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cleanUp, folder, Member, programs, RelayProcess, sample } from './headless-support.ts'

const LONG = 300_000

beforeAll(async () => {
  await programs()
}, LONG)
afterAll(cleanUp)

describe('no relay alive', () => {
  test(
    'a file there, a smaller one back, and a new relay for who follows the link',
    async () => {
      const relay = await RelayProcess.start()
      const [ana, berta] = await Promise.all([Member.make('Ana'), Member.make('Berta')])
      await ana.ok('space', 'create', 'Red Ceiba', '--relay', relay.url)
      const minutes = String((await ana.ok('doc', 'import', sample('meeting-minutes')))['document'])
      const { link } = await ana.ok('invite', '--open', '--note', 'Berta')
      const host = await ana.watch()
      await berta.ok('join', String(link), '--wait', '90')
      expect(await host.end()).toBe(0)
      await relay.kill()

      // Ana writes, and gives it away on a stick.
      const plan = String((await ana.ok('doc', 'import', sample('protection-plan')))['document'])
      await ana.ok('doc', 'set', plan, 'threats.0.likelihood', '"media"')
      const stick = folder('stick')
      const whole = join(stick, 'one')
      const saved = await ana.ok('bundle', 'save', '--out', whole)
      for (const secret of ['Red Ceiba', 'Ana', 'Berta', plan, String(saved['space'])])
        expect(readFileSync(whole).includes(secret), secret).toBe(false)
      const opened = await berta.ok('bundle', 'open', whole)
      expect(opened).toMatchObject({ space: saved['space'], whole: true, sealed: false, entries: saved['entries'] })
      expect(await berta.content(plan)).toEqual(await ana.content(plan))
      expect(await berta.content(minutes)).toEqual(await ana.content(minutes))

      // Berta answers with what Ana lacks.
      expect((await berta.type(plan, 'context', ' DESDE-BERTA', (n) => n - 1)).code).toBe(0)
      const answer = join(stick, 'two')
      await berta.ok('bundle', 'save', '--since', 'Ana', '--out', answer)
      expect(statSync(answer).size).toBeLessThan(statSync(whole).size / 4)
      expect(await ana.ok('bundle', 'open', answer)).toMatchObject({ whole: true })
      expect(await ana.text(plan, 'context')).toContain('DESDE-BERTA')
      expect(await ana.content(plan)).toEqual(await berta.content(plan))

      // A file that was cut brings what was whole, and says so.
      const cut = join(stick, 'three')
      writeFileSync(cut, readFileSync(whole).subarray(0, 20_000))
      const part = await berta.run(['bundle', 'open', cut])
      expect(part.code).toBe(1)
      expect(part.json).toMatchObject({ whole: false, error: { type: 'PartOfFile' } })

      for (const member of [ana, berta]) expect(await member.ok('doctor')).toMatchObject({ sound: true })

      // Another relay: named once by who coordinates, reached by the link.
      const other = await RelayProcess.start()
      await ana.ok('relay', 'add', other.url)
      expect((await ana.ok('relay', 'remove', relay.url))['onRelay']).toBe(true)
      const said = await ana.ok('relay', 'link', other.url)
      expect(await berta.ok('relay', 'take', String(said['link']))).toMatchObject({ onRelay: true })
      await berta.ok('sync')
      const [space] = (await berta.ok('relay', 'list'))['spaces'] as [{ relays: { address: string; own: boolean }[] }]
      expect(space.relays).toMatchObject([{ address: other.url, own: false }])
      await berta.ok('doc', 'set', plan, 'threats.0.likelihood', '"alta"', '--sync')
      await ana.ok('sync')
      expect(await ana.content(plan)).toEqual(await berta.content(plan))
    },
    LONG,
  )
})
