// Bugs that the simulator found, each by the smallest plan that showed it. Mended ones are replayed in every run of the tests; those
// still open say what is wrong and are run by `npm run simulate -- --open`.
import { type Plan, planOf } from './run.ts'

export interface Regression {
  readonly name: string
  readonly plan: Plan
  /** What is wrong, while it is. */
  readonly open?: string
}

/** A plan of lines `what who a b gap`; what is left out is 0, the gap 4000. */
function plan(seed: string, relays: number, people: number, ...lines: readonly string[]): Plan {
  const actions = lines.map((line) => {
    const [what = '', ...numbers] = line.split(' ')
    const [who = 0, a = 0, b = 0, gap = 4_000] = numbers.map(Number)
    return { do: what, who, a, b, gap }
  })
  return { seed, relays, people, actions }
}

/** `b` 1: an open invitation, to be an editor. */
const JOIN = (who: number) => `join ${String(who)} 0 1`

/** Not a bug: every way in beside an invitation, once. */
export const WAYS_PLAN = plan(
  'ways',
  2,
  5,
  'write 0 0 0 1000',
  JOIN(1),
  JOIN(2),
  'link 3 1 0 8000',
  'compare 1 0 0 20000',
  'edit 3',
  'come-back 4 0 2 8000',
  'compare 0 0 0 20000',
  'edit 4',
  'suspend-own 2 0 0 20000',
  'continue 0 0 0 20000',
  'follow 1 0 0 20000',
  'offline 1',
  'renew 0',
  'wake 0 0 0 4000',
  'online 1',
)

export const REGRESSIONS: readonly Regression[] = [
  {
    name: 'who leaves is heard to the end',
    plan: plan('3', 1, 5, JOIN(1), 'leave 1 0 0 127364', JOIN(3)),
  },
  {
    name: 'two leave one after the other',
    plan: plan('25', 2, 5, JOIN(1), JOIN(2), 'leave 0 0 0 925', 'leave 1 0 0 187'),
  },
  {
    name: 'the document of somebody who left reaches who was offline',
    plan: plan('195', 1, 4, JOIN(1), JOIN(2), 'offline 2 0 0 645', 'write 1 0 0 51906', 'leave 1'),
  },
  {
    name: 'what was answered as written just after an unclean start survives the next crash',
    plan: plan(
      '333',
      2,
      5,
      'write 0',
      JOIN(2),
      JOIN(3),
      'edit 2 0 0 107',
      'crash-and-unlock 3 0 0 100',
      'edit 3 693 0 63',
      'crash-and-unlock 3',
    ),
  },
  {
    name: 'who is suspended and let in again at once learns of it',
    plan: plan('361', 1, 3, JOIN(1), 'suspend 0 0 0 10776', 'resume 0'),
  },
  {
    name: 'new keys are made though the engine ended before their time',
    plan: plan('366', 2, 3, JOIN(2), 'leave 2 0 0 4541', 'crash 0'),
  },
  {
    name: 'who leaves with work unsent and comes back brings it along',
    plan: plan(
      '402',
      2,
      3,
      'write 0 0 0 1000',
      JOIN(1),
      JOIN(2),
      'offline 1 703 994 31',
      'edit 1 232 394 622',
      'write 2 994 234 13144',
      'leave 1 239 246 1082',
      'join 1 176 680 47395',
    ),
  },
  {
    name: 'who wrote a document, left and came back at once brings it along',
    plan: plan(
      '402',
      2,
      3,
      'write 0 0 0 1000',
      JOIN(1),
      JOIN(2),
      'renew 2 305 7 23',
      'storm 1 141 140 939',
      'write 1 620 964 0',
      'offline 1 703 994 31',
      'leave 1 239 246 1082',
      'join 1 176 680 47395',
    ),
  },
  {
    name: 'who renewed her keys while she was suspended comes back by the resumption',
    plan: plan('424', 2, 3, JOIN(1), JOIN(2), 'renew 1 136 63 8', 'suspend 0 482 113 340', 'resume 0 374 174 15380'),
  },
  {
    name: 'all were away for two months and one renews her keys',
    plan: plan(
      '532',
      1,
      3,
      'write 0 0 0 1000',
      JOIN(1),
      JOIN(2),
      'set-role 0 0 0 3000',
      'edit 2 188 341 173',
      'months 2 506 24 33',
      'renew 2 964 615 164',
    ),
  },
  {
    name: 'a thief gives keys for operations that she never sends: it holds others up for a day',
    plan: planOf('2019', 50),
  },
  {
    name: 'all were away for a year, one phone is stolen, and two wait for its word',
    plan: planOf('3019', 60),
  },
  {
    name: 'back after long, who would have to confirm the keys waits herself or is lost',
    plan: planOf('2027', 50),
  },
  {
    name: 'who was taken out by a removal that is undone hears of it',
    plan: plan('20682', 1, 4, JOIN(1), JOIN(2), 'set-role 0 0 0 3000', 'remove 8 587 697 0', 'suspend 2 256 752 199'),
  },
  {
    name: 'who knocks at two invitations and is let in by both hears what comes to the second',
    plan: plan('20812', 1, 3, 'join 10 205 647 4', 'join 55 693 439 1'),
  },
  {
    name: 'a copy put back out of reach goes on writing when its own tail has come',
    plan: plan(
      '20710',
      1,
      3,
      'write 0 0 0 1000',
      JOIN(1),
      'backup 27 488 816 0',
      'months 58 857 949 169',
      'set-role 12 7 676 103',
      'restore 21 659 129 0',
      'backup 25 577 474 35',
      'edit 6 943 863 0',
      'online 24 183 629 25268',
      'part 27 0 721 0',
      'restore 51 653 58 899',
      'unlock 8 804 291 8135',
      'edit 18 602 135 0',
    ),
  },
  {
    name: 'what a seized relay poured out is not offered to honest ones, which would end the line for it',
    plan: { ...plan('5', 3, 3, 'write 0 0 0 1000', JOIN(1), 'relay-flood 0 0 29', 'edit 1'), ending: 'relays' },
  },
  {
    name: 'what somebody wrote whose admission came to nothing is with all or with nobody',
    plan: plan(
      '20899',
      1,
      5,
      'write 0 0 0 1000',
      'join 1 0 1 4000',
      'join 2 0 1 4000',
      'set-role 0 2 0 3000',
      'offline 55 761 585 46',
      'suspend 35 948 256 99604',
      'join 28 947 907 29537',
    ),
  },
]
