// The graphs of test/vectors/membership.json: one small life for each thing that the rules of the whole set decide. Written from
// fixed seeds by make-membership.ts.
import { DeviceId, type OperationId } from '../../src/base/ids.ts'
import { realCrypto, Story, story, type View } from '../support/membership-story.ts'

const begun = (seed: string, ...names: string[]) => story(names, realCrypto(`vector ${seed}`))
const successor = (view: View) =>
  ({
    op: 'successor',
    to: view.graph.space,
    seed: new Uint8Array(32).fill(7),
    relays: ['wss://relay.example'],
  }) as const

async function allTwelve(): Promise<View> {
  const view = await begun('all', 'ana', 'bea', 'cleo', 'eva:editor', 'sol:reader', 'luz:editor')
  await view.addDevice('eva', 'eva laptop')
  await view.rotate('eva')
  await view.write('ana', { op: 'set-relays', relays: ['wss://relay.example'] })
  await view.suspend('bea', 'luz')
  await view.resume('ana', 'luz')
  await view.role('ana', 'luz', 'reader')
  await view.remove('bea', 'sol')
  const [other, third] = [view.fork(), view.fork()]
  await other.rotate('luz')
  await third.rotate('bea')
  await view.tell(other, third).write('cleo', { op: 'merge' })
  await view.write('eva', successor(view))
  return view
}

async function recoveryKit(): Promise<View> {
  const teller = new Story(realCrypto('vector kit'))
  const kit = teller.crypto.signKeys()
  const view = await teller.found('ana', kit)
  const made = teller.make('kit', teller.device('ana').member)
  teller.adopt({ ...made, keys: kit, id: DeviceId.must(kit.publicKey) })
  await view.addDevice('kit', 'new phone')
  await view.suspend('new phone', 'ana')
  return view
}

async function majorities(): Promise<View> {
  const view = await begun('majority', 'ana', 'bea', 'cleo', 'dora', 'eva:editor')
  await view.role('ana', 'eva', 'coordinator')
  await view.cosign('bea', await view.role('ana', 'dora', 'editor'))
  await view.cosign('bea', await view.remove('ana', 'cleo'), false)
  return view
}

/** ana suspends bea; the third says `verdict`, or nothing yet. */
async function priced(verdict: boolean | null): Promise<View> {
  const view = await begun(`priced ${String(verdict)}`, 'ana', 'bea', 'cleo')
  const away = view.fork()
  await away.admit('bea', 'eva')
  const suspension = await view.suspend('ana', 'bea')
  view.tell(away)
  if (verdict !== null) await view.cosign('cleo', suspension, verdict)
  return view
}

async function twoAtOnce(): Promise<View> {
  const view = await begun('chained', 'ana', 'bea', 'cleo', 'dora')
  const other = view.fork()
  await view.suspend('dora', 'ana')
  await other.suspend('dora', 'bea')
  return view.tell(other)
}

async function cycle(cosigned: boolean): Promise<View> {
  const view = await begun(`cycle ${String(cosigned)}`, 'ana', 'bea', 'cleo', 'dora')
  const [second, third] = [view.fork(), view.fork()]
  await view.suspend('ana', 'bea')
  await second.suspend('bea', 'cleo')
  const last = await third.suspend('cleo', 'ana')
  view.tell(second, third)
  if (cosigned) await view.cosign('dora', last)
  return view
}

async function outweighed(): Promise<View> {
  const view = await begun('outweighed', 'ana', 'bea', 'cleo', 'dora')
  const thief = view.fork()
  await view.cosign('bea', await view.remove('ana', 'dora'))
  await thief.suspend('dora', 'ana')
  await thief.admit('dora', 'puppet')
  return view.tell(thief)
}

async function reachingBack(): Promise<View> {
  const view = await begun('back', 'ana', 'bea', 'cleo')
  await view.admit('cleo', 'guest')
  const lostOn = view.cutoffs('cleo', 'ana')
  await view.admit('cleo', 'puppet')
  await view.addDevice('puppet', 'puppet two')
  await view.cosign('bea', await view.remove('ana', 'cleo', lostOn))
  return view
}

async function forked(): Promise<View> {
  const view = await begun('forked', 'ana', 'bea', 'eva:editor')
  const other = view.fork()
  await view.rotate('eva')
  await other.rotate('eva')
  await view.rotate('bea')
  return view.tell(other)
}

/** Twice used; `cited`: somebody both knew has one of them in her past. */
async function invited(cited: boolean): Promise<View> {
  const view = await begun(`invited ${String(cited)}`, 'ana', 'bea', 'fe:editor')
  const invitation = view.story.crypto.signKeys()
  const other = view.fork()
  const first = await view.admit('ana', 'eva', 'editor', invitation)
  // The one with the higher id is the cited one: citing decides, not the id.
  let branch = other
  for (let i = 0; i < 40; i++) {
    branch = other.fork()
    if ((await branch.admit('bea', `sol ${i}`, 'editor', invitation)).id < first.id) break
  }
  if (cited) await view.rotate('fe')
  return view.tell(branch)
}

async function manyHeads(): Promise<View> {
  const names = Array.from({ length: 17 }, (_, i) => `e${i}:editor`)
  const view = await begun('heads', 'ana', ...names)
  const forks = names.map(() => view.fork())
  for (const [i, fork] of forks.entries()) await fork.rotate(`e${i}`)
  view.tell(...forks)
  await view.write('ana', { op: 'merge' })
  return view
}

async function ownPhone(answered: boolean): Promise<View> {
  const view = await begun(`own ${String(answered)}`, 'ana', 'bea', 'eva:editor')
  await view.addDevice('eva', 'eva two')
  const thief = view.fork()
  await view.suspend('eva two', 'eva')
  if (answered) await thief.suspend('eva', 'eva two')
  return view.tell(thief)
}

/** Operations that are whole but that their own past refuses, one of each kind. */
async function refused(): Promise<View> {
  const view = await begun('refused', 'ana', 'bea', 'eva:editor', 'sol:editor')
  const used = view.story.crypto.signKeys()
  await view.admit('ana', 'luz', 'editor', used)
  await view.addDevice('eva', 'eva two')
  await view.rotate('bea')
  await view.admit('eva', 'nobody')
  await view.admit('ana', 'again', 'editor', used)
  await view.admit('ana', 'too high', 'coordinator')
  await view.write('eva', { op: 'rotate-device', box: view.story.device('eva').box.publicKey })
  await view.suspend('eva', 'eva')
  await view.suspend('eva two', 'eva', null)
  await view.suspend('ana', 'bea', null)
  await view.resume('ana', 'eva')
  await view.remove('bea', 'ana')
  await view.remove('ana', 'sol', [])
  await view.write('ana', { op: 'set-role', member: view.story.device('sol').member, role: 'editor', cutoffs: [] })
  await view.write('ana', { op: 'cosign', of: view.graph.heads()[0] as OperationId, verdict: true })
  view.story.make('stranger')
  await view.write('stranger', { op: 'merge' })
  return view
}

/** What each shows, by name. */
export const GRAPHS: Readonly<Record<string, () => Promise<View>>> = {
  'all twelve operations': allTwelve,
  'a recovery kit brings a device, which suspends the lost one': recoveryKit,
  'a promotion that waits, a demotion that is decided, a removal that somebody refused': majorities,
  'a suspension of a coordinator: its author rests': () => priced(null),
  'a suspension of a coordinator that a third cosigned': () => priced(true),
  'a suspension of a coordinator that a third refused: its cut-off is void too': () => priced(false),
  'two such suspensions by one author at once: one counts': twoAtOnce,
  'three suspend each other in a circle: a dispute': () => cycle(false),
  'three suspend each other in a circle: a fourth has decided': () => cycle(true),
  'a removal by majority against a back-dated suspension of who removed': outweighed,
  'a removal that reaches back': reachingBack,
  'one device, two bodies for one position': forked,
  'one invitation used twice: the lower id': () => invited(false),
  'one invitation used twice: the one more members cite': () => invited(true),
  'seventeen heads and a merge of sixteen': manyHeads,
  'one’s own lost phone, suspended from one’s other': () => ownPhone(false),
  'two phones of one member suspend each other: a dispute': () => ownPhone(true),
  'operations that their own past refuses': refused,
}
