// Welcomes that are not what they say, and how long an invitation is listened to: people whose engines a test looks into, and a
// real relay (docs/spec/joining.md).
import { afterEach, describe, expect, test } from 'vitest'
import { idBytes, type InvitationId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { Joining } from '../../../src/engine/joining.ts'
import { MAX_LOADING_SECRETS } from '../../../src/engine/linking-welcomes.ts'
import { openKnock } from '../../../src/engine/meeting.ts'
import { systemRandom } from '../../../src/engine/node.ts'
import { sealWelcome } from '../../../src/engine/welcome.ts'
import { deviceId, invitationKeys, parseLink } from '../../../src/identity/index.ts'
import { buildOperation } from '../../../src/membership/index.ts'
import { Insider } from '../../support/insider.ts'
import { setup } from '../../support/relay-fixture.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function insider(alias: string) {
  const made = await Insider.named(alias)
  ends.push(() => made.keeper.lock())
  return made
}

const hostingOf = (who: Insider) => {
  const hosting = who.workspace.hostings.get(who.space.id)
  if (hosting === undefined) throw new Error('no hosting')
  return hosting
}

/** Somebody who invited, a member who has seen the link, and who knocked with it. */
async function invited() {
  const { relay } = await setup()
  const [ceiba, eva, luz] = [await insider('Ceiba'), await insider('Eva'), await insider('Luz')]
  await ceiba.workspace.found('Red', [relay.address])
  await ceiba.admit(eva)
  const hosting = hostingOf(ceiba)
  const invitation = unwrap(await hosting.invite({ mode: 'confirm', role: 'editor', note: '' }))
  const link = unwrap(hosting.link(invitation, ''))
  const joining = unwrap(await Joining.knock(luz.workspace, link))
  await luz.workspace.addJoining(joining)
  return { ceiba, eva, luz, hosting, invitation, link, joining }
}

type Invited = Awaited<ReturnType<typeof invited>>

/** A welcome to her by a member who has the link: keys that lead nowhere. */
function falseWelcome({ eva, link, joining, invitation }: Invited, secrets = [systemRandom.bytes(32)]) {
  const { seed } = unwrap(parseLink(link))
  const to = { device: deviceId(joining.keys), box: joining.keys.box.publicKey }
  const { space, create } = eva.space.record
  const value = {
    space,
    create,
    seed: systemRandom.bytes(32),
    member: systemRandom.bytes(16),
    secrets,
    epoch: systemRandom.bytes(32),
    relays: ['https://nowhere.example'],
    generations: [],
    kit: systemRandom.bytes(16),
  }
  return sealWelcome(eva.keeper.crypto, eva.space.keys, to, { id: invitation, seed }, value)
}

async function admitted({ ceiba, luz, hosting, invitation }: Invited): Promise<void> {
  await ceiba.until(() => hostingOf(ceiba).knocks().length > 0)
  const [knock] = hostingOf(ceiba).knocks()
  if (knock === undefined) throw new Error('no knock')
  unwrap(await hosting.admit(invitation, knock.device))
  await luz.until(() => luz.workspace.spaces.size === 1 && luz.space.standing === 'active')
}

describe('welcomes', () => {
  test('JO-15: a false welcome that comes first strands nobody: the true one still opens the space', async () => {
    const story = await invited()
    const { ceiba, luz, joining } = story
    expect(await joining.meeting.take(await falseWelcome(story))).toBe(true)
    await joining.idle()
    expect(luz.space.standing).toBe('loading')
    await luz.reopen()
    expect(luz.space.standing).toBe('loading')
    await admitted(story)
    expect(luz.space.record).toMatchObject({ seed: ceiba.space.record.seed, welcomes: [], loaded: true })
    expect(luz.space.me).toBe(ceiba.space.state.devices.get(luz.space.device)?.member)
    await luz.until(() => luz.workspace.joinings.size === 0)
    await luz.until(() => luz.space.writable)
    // And the kit it brought is nobody's.
    expect(luz.workspace.person.recoveryKitSeen).toBe(false)
  })

  test('JO-15: nor does one that comes later, or very many, or an admission that has no effect', async () => {
    const story = await invited()
    const { ceiba, eva, luz, invitation, link, joining } = story
    const { crypto } = eva.keeper
    const keys = invitationKeys(crypto, unwrap(parseLink(link)).seed)
    const said = joining.meeting.read(joining.record.knock)
    if (said?.kind !== 'knock') throw new Error('no knock')
    const knock = await openKnock(crypto, keys.box, eva.space.id, invitation, said.sealed)
    if (knock === null) throw new Error('a knock that does not open')
    const draft = { ...eva.space.graph.draft(eva.space.device), time: 0 }
    const { record } = await buildOperation(crypto, eva.space.keys.sign, draft, {
      op: 'admit',
      member: eva.space.me,
      role: 'editor',
      target: deviceId(joining.keys),
      box: knock.box,
      recovery: null,
      invitation,
      proof: knock.proof,
      consent: knock.consent,
    })
    const now = eva.space.current()
    if (now === null) throw new Error('no epoch')
    await eva.space.serial(() => eva.space.publish('op', [record], [now]))
    for (let i = 0; i < 20; i++) await joining.meeting.take(await falseWelcome(story))
    await joining.idle()
    expect(luz.space.record.welcomes.length).toBe(8)
    await admitted(story)
    expect(luz.space.record.seed).toEqual(ceiba.space.record.seed)
    expect(await joining.opened(await falseWelcome(story))).not.toBeNull()
  })

  test('JO-15: what false welcomes bring is bounded while she waits, and gone when she is in', async () => {
    const story = await invited()
    const { luz, joining } = story
    for (let i = 0; i < 18; i++) {
      const secrets = Array.from({ length: 4_096 }, () => systemRandom.bytes(32))
      await joining.meeting.take(await falseWelcome(story, secrets))
    }
    await joining.idle()
    expect(luz.space.ring.secrets().size).toBeLessThanOrEqual(MAX_LOADING_SECRETS)
    expect(luz.space.record.welcomes.length).toBe(8)
    await admitted(story)
    expect(luz.space.ring.secrets().size).toBe(1)
    expect(luz.space.record.secrets.length).toBe(1)
  })

  test('JO-15: a welcome whose signature fails, or for another device, is none', async () => {
    const story = await invited()
    const { joining, eva } = story
    const sound = await falseWelcome(story)
    if (sound.kind !== 'welcome') throw new Error('no welcome')
    const sealed = sound.sealed.slice()
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1
    expect(await joining.opened({ ...sound, sealed })).toBeNull()
    expect(await joining.opened({ ...sound, to: idBytes(eva.space.device) })).toBeNull()
    // Signed by one device in the name of another.
    const { crypto } = eva.keeper
    const forged = await falseWelcome({
      ...story,
      eva: forging(eva, crypto.signKeys()),
    })
    expect(await joining.opened(forged)).toBeNull()
  })

  test('JO-13: who waits behind a false welcome comes in by another invitation', async () => {
    const story = await invited()
    const { ceiba, luz, joining } = story
    await joining.meeting.take(await falseWelcome(story))
    await joining.idle()
    expect(luz.space.standing).toBe('loading')
    const hosting = hostingOf(ceiba)
    const second = unwrap(await hosting.invite({ mode: 'open', role: 'editor', note: '' }))
    const other = unwrap(await Joining.knock(luz.workspace, unwrap(hosting.link(second, ''))))
    await luz.workspace.addJoining(other)
    // Between the two welcomes there is a moment without any space.
    await luz.until(() => [...luz.workspace.spaces.values()].some((space) => space.standing === 'active'))
    expect(luz.space.device).toBe(deviceId(other.keys))
  })

  test('JO-13: what is put away for a space brought up anew is arranged no more; the new one has channels of its own', async () => {
    const story = await invited()
    const { ceiba, luz, joining } = story
    await joining.meeting.take(await falseWelcome(story))
    await joining.idle()
    const { space: before, workspace } = luz
    const [channels, hosting] = [workspace.channels.get(before.id), workspace.hostings.get(before.id)]
    expect([channels, hosting]).not.toContain(undefined)
    const wanted: string[] = []
    const [close, want] = [before.close.bind(before), workspace.connections.want.bind(workspace.connections)]
    before.close = async () => {
      workspace.connections.want = (key, relays, sources) => {
        if (relays.length > 0) wanted.push(key)
        want(key, relays, sources)
      }
      // What comes for it meanwhile, as an entry that was on its way does.
      workspace.arrange(before)
      await close()
      workspace.connections.want = want
    }
    const invitation = unwrap(await hostingOf(ceiba).invite({ mode: 'open', role: 'editor', note: '' }))
    const link = unwrap(hostingOf(ceiba).link(invitation, ''))
    await workspace.addJoining(unwrap(await Joining.knock(workspace, link)))
    await luz.until(() => [...workspace.spaces.values()].some((space) => space.standing === 'active'))
    expect(wanted.filter((key) => key.includes(before.id))).toEqual([])
    expect(luz.space).not.toBe(before)
    expect(workspace.channels.get(before.id)).not.toBe(channels)
    expect(workspace.hostings.get(before.id)).not.toBe(hosting)
  })

  test('JO-17: a used invitation is listened to until the newcomer writes, or two weeks', async () => {
    const story = await invited()
    const { ceiba, luz } = story
    await admitted(story)
    await luz.until(() => luz.space.writable && luz.space.aliasOf(luz.space.me) === 'Luz')
    const id: InvitationId = story.invitation
    await ceiba.until(() => ceiba.space.aliasOf(luz.space.me) === 'Luz')
    await ceiba.reopen()
    expect(hostingOf(ceiba).meeting(id)).toBeNull()
    expect(
      hostingOf(ceiba)
        .invitations()
        .find((one) => one.id === id)?.used,
    ).toBe(true)
    expect(unwrap(await hostingOf(ceiba).invite({ mode: 'open', role: 'editor', note: '' }))).toBeDefined()
  })

  test('JO-17: who never came back for her welcome is waited for two weeks', async () => {
    const story = await invited()
    const { ceiba, luz, hosting, invitation } = story
    await ceiba.until(() => hosting.knocks().length > 0)
    await luz.keeper.lock()
    const [knock] = hosting.knocks()
    if (knock === undefined) throw new Error('no knock')
    unwrap(await hosting.admit(invitation, knock.device))
    await ceiba.reopen()
    expect(hostingOf(ceiba).meeting(invitation)).not.toBeNull()
    const record = ceiba.space.record.invitations.find((one) => one.used !== null && one.mode === 'confirm')
    if (record?.used == null) throw new Error('not used')
    record.used.at -= 15 * 86_400_000
    await ceiba.space.save()
    await ceiba.reopen()
    expect(hostingOf(ceiba).meeting(invitation)).toBeNull()
  })
})

/** Eva, who says she is the device `keys` and signs with her own. */
function forging(eva: Insider, keys: Insider['space']['keys']['sign']): Insider {
  const sign = { ...eva.space.keys.sign, publicKey: keys.publicKey }
  const space = { record: eva.space.record, keys: { ...eva.space.keys, sign } }
  return { keeper: eva.keeper, space } as unknown as Insider
}
