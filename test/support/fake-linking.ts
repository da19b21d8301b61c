// The part of the cardboard engine about devices of one's own, returning, and codes by hand: laid over the other, so that both
// sides of each way in can be looked at. `other` is what somebody else does. Never part of the app's build.
import { DeviceId, InvitationId } from '../../src/base/ids.ts'
import { err, ok } from '../../src/base/result.ts'
import type { EngineApi, EngineState, HeardCode, LinkingView } from '../../src/engine/api.ts'
import { id, SAFETY } from './fake-people.ts'

export interface Other {
  /** The other side's keys arrive: there are words to compare. */
  answers(contested?: boolean): void
  /** The giving side confirmed: this device is in. */
  confirms(): void
  /** Everything forgotten, as after a cancel by the other side. */
  leaves(): void
}

type Overlay = Pick<
  EngineApi,
  | 'state'
  | 'subscribe'
  | 'offerLink'
  | 'offerReturn'
  | 'takeLink'
  | 'confirmLink'
  | 'cancelLink'
  | 'readCode'
  | 'welcomeCode'
  | 'readInvitation'
>

/** Letters of base64url that repeat nowhere. */
function letters(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  let seed = 11
  const made = Array.from({ length }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return alphabet[(seed >> 12) % 64]
  })
  return made.join('')
}

/** A code in parts, of the form that the real ones have. */
export function codesOf(kind: string, parts: number): readonly string[] {
  const text = letters(parts * 650)
  return Array.from(
    { length: parts },
    (_, i) => `telarcode1.${i + 1}.${parts}.${kind.padEnd(8, '0')}.${text.slice(i * 650, (i + 1) * 650)}`,
  )
}

export function withLinking(base: EngineApi, now: number): { api: EngineApi; other: Other } {
  const listeners = new Set<(state: EngineState) => void>()
  let under: EngineState | null = null
  let linking: readonly LinkingView[] = []
  const over = (state: EngineState): EngineState => (state.vault === 'unlocked' ? { ...state, linking } : state)

  function become(next: readonly LinkingView[]): void {
    linking = next
    if (under !== null) for (const listener of listeners) listener(over(under))
  }
  const change = (which: (one: LinkingView) => boolean, to: Partial<LinkingView>) =>
    become(linking.map((one) => (which(one) ? { ...one, ...to } : one)))

  async function begin(
    side: LinkingView['side'],
    kind: LinkingView['kind'],
    spaces: LinkingView['spaces'],
    extra: Partial<LinkingView> = {},
  ): Promise<LinkingView> {
    const made: LinkingView = {
      id: id(InvitationId, `linking ${side} ${kind} ${linking.length}`),
      side,
      kind,
      spaces,
      state: 'waiting',
      words: [],
      contested: false,
      link: '',
      codes: [],
      others: [],
      at: now,
      ...extra,
    }
    become([...linking, made])
    return Promise.resolve(made)
  }
  const link = (app: string, kind: LinkingView['kind']) => `${app}#telar1.${kind}.${letters(180)}`

  const overlay: Overlay = {
    state: async () => over(await base.state()),
    subscribe(listener) {
      listeners.add(listener)
      return base.subscribe((state) => {
        under = state
        listener(over(state))
      })
    },
    async offerLink({ spaces, app }) {
      const state = await base.state()
      const which = state.spaces.filter((space) => spaces.includes(space.id))
      const given = which.map((space) => ({ space: space.id, name: space.name, member: space.me }))
      const made = await begin('giving', 'device', given, { link: link(app, 'device') })
      return ok({ id: made.id, link: made.link })
    },
    async offerReturn({ space, member, app }) {
      const state = await base.state()
      const which = state.spaces.filter((one) => one.id === space)
      const given = which.map((one) => ({ space, name: one.name, member }))
      const made = await begin('giving', 'return', given, { link: link(app, 'return') })
      return ok({ id: made.id, link: made.link })
    },
    async takeLink({ link: text, words }) {
      const typed = words?.split(' ') ?? null
      if (typed !== null && typed.length !== 12) return err({ type: 'WrongRecoveryWords', unknownWord: null })
      if (typed?.includes('nuve') === true) return err({ type: 'WrongRecoveryWords', unknownWord: 'nuve' })
      if (typed?.[0] === 'brasa') return err({ type: 'WrongKit' })
      const state = await base.state()
      const kind = text.includes('.return.') ? 'return' : 'device'
      const given = state.spaces.slice(0, kind === 'return' ? 1 : 3)
      const spaces = given.map((space) => ({ space: space.id, name: '', member: space.me }))
      const made = await begin('taking', kind, spaces, { words: SAFETY, codes: codesOf('linking', 1) })
      return ok({ id: made.id })
    },
    confirmLink({ id: which }) {
      change((one) => one.id === which, { state: 'done', codes: codesOf('entered', 3), others: [id(DeviceId, 'lost')] })
      return Promise.resolve(ok(undefined))
    },
    cancelLink({ id: which }) {
      become(linking.filter((one) => one.id !== which))
      return Promise.resolve(ok(undefined))
    },
    async readCode({ code }) {
      const [, part, of, kind = ''] = code.trim().split(/[.\s]/)
      if (!code.includes('telarcode1.')) return err({ type: 'BadCode', reason: 'not-a-code' })
      if (part !== of && !code.includes('\n')) return ok({ type: 'more', have: Number(part), of: Number(of) })
      const state = await base.state()
      const open = linking.find((one) => one.state === 'waiting' && one.side === 'giving')
      const space = state.spaces.find((one) => one.invitations.length > 0)
      const invitation = space?.invitations.at(-1)
      let heard: HeardCode = { type: 'entered', spaces: state.spaces.map((one) => one.id) }
      if (kind.startsWith('linking') && open !== undefined) {
        change((one) => one.id === open.id, { state: 'comparing', words: SAFETY })
        heard = { type: 'linking', id: open.id }
      } else if (kind.startsWith('knock') && space !== undefined && invitation !== undefined) {
        heard = { type: 'knock', space: space.id, invitation: invitation.id, device: id(DeviceId, 'Espiga') }
      }
      return ok(heard)
    },
    welcomeCode: () => Promise.resolve(ok({ codes: codesOf('entered', 3) })),
    async readInvitation(text) {
      const kind = text.includes('#telar1.device.') ? 'device' : text.includes('#telar1.return.') ? 'return' : null
      if (kind === null) return base.readInvitation(text)
      const state = await base.state()
      const spaces = state.spaces.slice(0, kind === 'return' ? 1 : 3).map((space) => space.id)
      const made = id(InvitationId, text)
      return ok({ id: made, kind, spaces, mode: null, role: null, relays: ['https://relevo.red.example.org'] })
    },
  }
  const other: Other = {
    answers: (contested = false) => change(() => true, { state: 'comparing', words: SAFETY, contested }),
    confirms: () => change(() => true, { state: 'done' }),
    leaves: () => become([]),
  }
  return { api: { ...base, ...overlay }, other }
}
