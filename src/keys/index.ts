// All that the other layers may import of `keys/`: epochs, who gets their secrets, the channels that follow from them. The
// rules are in docs/spec/keys.md.
export { channelKeys, epochIdOf, grant, type GrantInput, type NewRekey, type RekeyInput, sealRekey } from './epochs.ts'
export {
  decodeKeyRecord,
  type Grant,
  type KeyRecord,
  type KeyRecordError,
  type Rekey,
  type VerifiedKeyRecord,
  verifyKeyRecord,
} from './records.ts'
export {
  type CurrentEpoch,
  EpochRing,
  type HeldEpoch,
  needsRekey,
  type OwnBoxes,
  rekey,
  type Standing,
} from './ring.ts'
