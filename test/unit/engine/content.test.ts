// What a device's work waits for, by how membership stands to it (entries.md, "Witnesses").
import { expect, test } from 'vitest'
import { DeviceId, DocumentId, EntryId, HeaderId } from '../../../src/base/ids.ts'
import { SpaceContent } from '../../../src/engine/space-content.ts'
import type { SpaceLog } from '../../../src/log/space-log.ts'
import type { MembershipState } from '../../../src/membership/index.ts'

const id = (byte: number) => new Uint8Array(32).fill(byte)
const meta = {
  id: EntryId.must(id(1)),
  headerId: HeaderId.must(id(2)),
  kind: 'changes',
  device: DeviceId.must(id(3)),
  document: DocumentId.must(new Uint8Array(16).fill(4)),
  reason: null,
}
const log = { inState: () => [meta] } as unknown as SpaceLog
const nobody = { devices: new Map(), members: new Map() } as unknown as MembershipState

test('work of a device whose admission came to nothing may be stood for; of one that nobody ever let in, not', () => {
  const content = new SpaceContent(log)
  const reason = (introduced: boolean) => content.judge(nobody, () => introduced).settlements.map((one) => one.reason)
  expect([reason(true), reason(false)]).toEqual([['unvouched'], ['unknown-device']])
})
