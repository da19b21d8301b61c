// Operations that cannot both count (rules ME-9, ME-15, ME-16): two admissions with one invitation, two entries of one key
// or member, two suspensions of coordinators by one author at once. Picks who counts, from the set alone.
import type { DeviceId, InvitationId, MemberId } from '../base/ids.ts'
import { hasBit } from './bits.ts'
import type { Node } from './node.ts'

/** What an operation takes that may be taken once only. */
export interface Claims {
  readonly member: MemberId | null
  readonly keys: readonly DeviceId[]
  readonly invitation: InvitationId | null
}

const NO_CLAIMS: Claims = { member: null, keys: [], invitation: null }

export function claimsOf({ op }: Node): Claims {
  if (op.op === 'add-device') return { ...NO_CLAIMS, keys: [op.target] }
  if (op.op !== 'create' && op.op !== 'admit') return NO_CLAIMS
  const first = op.op === 'create' ? op.device : op.target
  const keys = op.recovery === null ? [first] : [first, op.recovery]
  return { member: op.member, keys, invitation: op.op === 'create' ? null : op.invitation }
}

/** A suspension that costs its author her powers: one open at a time. */
export const isPriced = ({ op, verdict }: Node) => op.op === 'suspend' && verdict.needs === 'third'

export const concurrent = (a: Node, b: Node) => !hasBit(a.past, b.index) && !hasBit(b.past, a.index)

/** Operations among which are all that have this one in their past, at least the first of each device. */
export type Citing = (rival: Node) => readonly Node[]

/**
 * The one that counts first: the one that more other members cite, of the devices that all rivals know (so that nobody's puppets
 * count); then the lower id.
 */
export function ranked<N extends Node>(rivals: readonly N[], citing: Citing): N[] {
  if (rivals.length < 2) return [...rivals]
  const authors = new Set(rivals.map(({ verdict }) => verdict.author))
  const support = (rival: N): number => {
    const backers = new Set<MemberId>()
    for (const { past, verdict } of citing(rival)) {
      const { author } = verdict
      const entry = verdict.grounds[0]
      if (author === null || entry === undefined || authors.has(author) || backers.has(author)) continue
      if (hasBit(past, rival.index) && rivals.every((other) => hasBit(other.past, entry))) backers.add(author)
    }
    return backers.size
  }
  const supported = new Map(rivals.map((rival) => [rival, support(rival)]))
  return [...rivals].sort((a, b) => (supported.get(b) ?? 0) - (supported.get(a) ?? 0) || (a.op.id < b.op.id ? -1 : 1))
}

/** Groups of two and more that claim the same. Refused operations claim nothing. */
function groups(nodes: readonly Node[], claims: (node: Node) => readonly string[]): Node[][] {
  const by = new Map<string, Node[]>()
  for (const node of nodes) {
    if (node.verdict.reason !== null) continue
    for (const claim of claims(node)) {
      const group = by.get(claim)
      if (group === undefined) by.set(claim, [node])
      else group.push(node)
    }
  }
  return [...by.values()].filter((group) => group.length > 1)
}

/** Who loses an invitation, a member or a key to another of `nodes`. */
export function claimLosers(nodes: readonly Node[], citing: Citing): number[] {
  const contested = groups(nodes, (node) => {
    const { member, keys, invitation } = claimsOf(node)
    const named = [...keys.map((key) => `key ${key}`)]
    if (member !== null) named.push(`member ${member}`)
    return invitation === null ? named : [...named, `invitation ${invitation}`]
  })
  return contested.flatMap((group) => ranked(group, citing).slice(1)).map(({ index }) => index)
}

/** Suspensions that do not count because another by the same author, written at the same time, does. */
export function priceLosers(nodes: readonly Node[], citing: Citing): number[] {
  const byAuthor = groups(nodes, (node) => (isPriced(node) ? [node.verdict.author ?? ''] : []))
  return byAuthor.flatMap((group) => {
    if (!group.some((node) => group.some((other) => other !== node && concurrent(node, other)))) return []
    const counts: Node[] = []
    const lost: number[] = []
    for (const node of ranked(group, citing)) {
      if (counts.some((other) => concurrent(node, other))) lost.push(node.index)
      else counts.push(node)
    }
    return lost
  })
}
