// The lost phone and the space that goes on, told by the real command in processes that are never there at the same time: everything
// waits at the relay.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cleanUp, Member, programs, RelayProcess, sample } from './headless-support.ts'

const LONG = 240_000
let relay: RelayProcess

beforeAll(async () => {
  await programs()
  relay = await RelayProcess.start()
}, LONG)
afterAll(cleanUp)

interface Status {
  readonly standing: string
  readonly role: string
  readonly unsent: number
  readonly continues: string | null
  readonly successors: readonly unknown[]
}

async function standingOf(member: Member, name: string): Promise<Status | undefined> {
  const { spaces } = (await member.ok('--sync', 'status')) as { spaces: readonly (Status & { name: string })[] }
  return spaces.find((space) => space.name === name)
}

describe('deciding about people, by processes', () => {
  test(
    'a lost device is suspended and resumed, keys are renewed, and the space goes on in another',
    async () => {
      const [ana, bea] = [await Member.make('Ana'), await Member.make('Bea')]
      await ana.ok('space', 'create', 'Red', '--relay', relay.url)
      const { link } = await ana.ok('invite')
      await bea.ok('join', String(link))
      await ana.ok('sync')
      const { knocks } = (await ana.ok('knocks')) as { knocks: readonly { words: readonly string[] }[] }
      await ana.ok('admit', '--words', knocks[0]!.words.join(' '))
      await bea.ok('sync')
      await ana.ok('--sync', 'doc', 'import', sample('protection-plan'))

      const { devices } = (await ana.ok('--sync', 'devices')) as { devices: readonly { id: string; alias: string }[] }
      const hers = devices.find(({ alias }) => alias === 'Bea')!.id
      expect(await ana.ok('suspend', hers.slice(0, 12))).toMatchObject({ device: hers, effect: 'done', onRelay: true })
      expect(await standingOf(bea, 'Red')).toMatchObject({ standing: 'suspended' })
      const refused = await bea.run(['--sync', 'rename', 'Otra'])
      expect([refused.code, refused.json['error']]).toMatchObject([1, { type: 'NotAllowed' }])
      await ana.ok('resume', hers.slice(0, 12))
      expect(await standingOf(bea, 'Red')).toMatchObject({ standing: 'active' })
      expect(await bea.ok('renew')).toMatchObject({ spaces: 1, onRelay: true })
      expect(await ana.ok('--sync', 'role', 'Bea', 'coordinator')).toMatchObject({ effect: 'done' })

      const { history } = (await bea.ok('--sync', 'history')) as { history: readonly { what: string }[] }
      const whats = ['set-role', 'rotate-device', 'resume', 'suspend', 'admit', 'set-relays', 'create']
      expect(history.map(({ what }) => what)).toEqual(whats)

      const { space } = await bea.ok('continue', 'Sigue')
      expect(await standingOf(ana, 'Red')).toMatchObject({ successors: [{ space, state: 'open' }] })
      expect(await ana.ok('follow', '--space', 'Red')).toMatchObject({ space, onRelay: true })
      await bea.ok('sync')
      await ana.ok('sync')
      expect(await standingOf(ana, 'Sigue')).toMatchObject({ standing: 'active', role: 'editor' })
      const listed = (await ana.ok('--space', 'Sigue', 'doc', 'list')) as { documents: readonly { type: string }[] }
      expect(listed.documents.map(({ type }) => type)).toEqual(['protection-plan'])
    },
    LONG,
  )
})
