// All that the other layers may import of `keys/`: epochs, who gets their secrets, the channels that follow from them. The
// rules are in docs/spec/keys.md.
export { type Confirmations, confirmations, contain } from './confirmations.ts'
export { needsRekey, rekey } from './due.ts'
export { channelKeys, epochIdOf } from './epochs.ts'
export { gaps } from './gaps.ts'
export { grantRank, lacking } from './lacking.ts'
export { MANY_LACKING, MAX_WAKE } from './limits.ts'
export { grant, type GrantInput, type NewRekey, type RekeyInput, sealRekey } from './make.ts'
export type { OwnBoxes } from './opening.ts'
export { type AdmittedUnder, sealGrantUnder, sealUnder } from './reach.ts'
export {
  decodeKeyRecord,
  type Grant,
  type KeyRecord,
  type KeyRecordError,
  type Part,
  type Rekey,
  type VerifiedKeyRecord,
  verifyKeyRecord,
} from './records.ts'
export { type CurrentEpoch, EpochRing, type Standing } from './ring.ts'
export type { HeldEpoch } from './secrets.ts'
export type { Epoch } from './validity.ts'
export { openWake, readWake, sealWake, type Wake, type WakeContent, type WakeError, wakeRecords } from './wake.ts'
