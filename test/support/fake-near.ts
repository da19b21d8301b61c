// Devices nearby, of cardboard: codes that lead nowhere, and a device that is met as soon as a code of it is read.
import { DeviceId } from '../../src/base/ids.ts'
import { ok } from '../../src/base/result.ts'
import type { NearApi, PeerView } from '../../src/engine/api.ts'
import { id } from './fake-people.ts'
import type { FakeHost } from './fake-people.ts'

const PEER = 'ab'.repeat(16)
const TEXT = `telarnear1.dEpRuEbA.${'AbCdEfGh'.repeat(40)}`
const CODES = { peer: PEER, codes: [TEXT], text: TEXT }

const unknown: PeerView = {
  id: PEER,
  by: 'near',
  state: 'connecting',
  device: null,
  member: null,
  alias: '',
  spaces: [],
  progress: null,
}

export function nearRequests(host: FakeHost): NearApi {
  const become = (peers: readonly PeerView[]) => host.become({ ...host.state(), peers })
  const others = () => host.state().peers.filter((peer) => peer.id !== PEER)
  /** Somebody of the first space, with all there is. */
  function meets(): void {
    const [space] = host.state().spaces
    const she = space?.members.find(({ me }) => !me)
    if (space === undefined || she === undefined) return
    const who = { device: id(DeviceId, 'de cerca'), member: she.id, alias: she.alias }
    become([...others(), { ...unknown, ...who, state: 'in-step', spaces: [space.id] }])
  }
  return {
    nearBegin() {
      become([...others(), unknown])
      return Promise.resolve(ok(CODES))
    },
    nearRead() {
      const begun = host.state().peers.some((peer) => peer.id === PEER)
      if (begun) meets()
      else become([...others(), unknown])
      return Promise.resolve(ok({ peer: PEER, reply: begun ? null : CODES }))
    },
    nearEnd({ peer }) {
      become(host.state().peers.filter((one) => one.id !== peer))
      return Promise.resolve(ok(undefined))
    },
  }
}

/** Three at once: one on the way, one that is given much, one in step. */
export function peersOf(host: Pick<FakeHost, 'state'>): readonly PeerView[] {
  const [space] = host.state().spaces
  const spaces = space === undefined ? [] : [space.id]
  const [one, other] = space?.members.filter(({ me }) => !me) ?? []
  return [
    { ...unknown, id: '01'.repeat(16) },
    {
      ...unknown,
      id: '02'.repeat(16),
      state: 'connected',
      alias: one?.alias ?? '',
      member: one?.id ?? null,
      spaces,
      progress: { received: 120, wanted: 280, sent: 40, toSend: 10 },
    },
    { ...unknown, id: '03'.repeat(16), by: 'whisper', state: 'in-step', alias: other?.alias ?? '', spaces },
  ]
}
