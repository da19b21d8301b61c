// The part of the cardboard engine about relays one by one, files carried by hand, and what lies wrong in what is stored. A file of it
// opens in it, any other does not. Never part of the app's build.
import { err, ok } from '../../src/base/result.ts'
import type { ApiError, BundlesApi, DoctorApi, RelaysApi, RelayView } from '../../src/engine/api.ts'
import type { FakeHost } from './fake-people.ts'

const MAGIC = 'TELARBND'
const HOUR = 3_600_000
const fail = (error: ApiError) => Promise.resolve(err(error))

export function carrierRequests(host: FakeHost): RelaysApi & BundlesApi & DoctorApi {
  const { now } = host
  const spaceOf = (which: string) => host.state().spaces.find((space) => space.id === which)
  const relay = (address: string, own: boolean): RelayView => ({
    address,
    state: 'connecting',
    reason: null,
    inStepAt: null,
    unsent: 0,
    own,
    trouble: null,
  })
  return {
    addRelay({ space, address, everybody }) {
      if (!/^(?:https?|wss?):\/\//.test(address)) return fail({ type: 'BadRelayAddress', address })
      if (everybody && spaceOf(space)?.powers === false) return fail({ type: 'NotAllowed', rule: 'ME-18' })
      return host.changeSpace(space, ({ relays }) => ({
        relays: [...relays.filter((known) => known.address !== address), relay(address, !everybody)],
      }))
    },
    removeRelay: ({ space, address }) =>
      host.changeSpace(space, ({ relays }) => ({ relays: relays.filter((known) => known.address !== address) })),
    relayLink: ({ app }) => Promise.resolve(ok({ link: `${app}#telarrelay1.${'AbCdEfGh'.repeat(12)}` })),
    takeRelayLink({ link }) {
      const [first] = host.state().spaces
      if (!link.includes('telarrelay1.')) return fail({ type: 'BadCode', reason: 'not-a-code' })
      if (first === undefined) return fail({ type: 'BadCode', reason: 'not-for-here' })
      const address = 'https://otro.example.net'
      void host.changeSpace(first.id, ({ relays }) => ({ relays: [...relays, relay(address, true)] }))
      return Promise.resolve(ok({ spaces: [first.id], address }))
    },
    saveBundle({ since }) {
      const file = new Uint8Array(since === null ? 900_000 : 60_000)
      file.set(new TextEncoder().encode(MAGIC))
      return Promise.resolve(ok({ name: '5f0c21aa.telar-bundle', file, entries: since === null ? 214 : 12 }))
    },
    bundleReaders(space) {
      const others = spaceOf(space)?.members.filter(({ me, status }) => !me && status === 'active') ?? []
      const readers = others
        .slice(0, 2)
        .map(({ id: member, alias }, i) => ({ member, alias, at: now - (i + 1) * HOUR }))
      return Promise.resolve(ok(readers))
    },
    openBundle({ file }) {
      const [space] = host.state().spaces
      const isOne = new TextDecoder().decode(file.subarray(0, MAGIC.length)) === MAGIC
      if (!isOne) return fail({ type: 'BadFile', reason: 'not-a-file' })
      if (space === undefined) return fail({ type: 'BadFile', reason: 'not-for-here' })
      const by = space.members.find(({ me }) => !me)
      const read = { entries: 214, fresh: 12, whole: true, sealed: false }
      return Promise.resolve(ok({ space: space.id, member: by?.id ?? null, savedAt: now - 2 * HOUR, ...read }))
    },
    doctor: (space) =>
      Promise.resolve(
        ok({ entries: 214, bytes: 1_400_000, documents: spaceOf(space)?.documents.length ?? 0, findings: [] }),
      ),
  }
}
