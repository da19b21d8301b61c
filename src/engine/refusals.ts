// Why nothing was written, as an answer of the engine's interface. Owns that mapping; never judges whether something may be written.
import type { ApiError } from './api.ts'
import type { NotWritten, Space } from './space.ts'

export function notWritable(space: Space): ApiError {
  if (space.standing === 'removed') return { type: 'RemovedFromSpace' }
  return { type: 'NotAllowed', rule: space.standing === 'suspended' ? 'ME-5 suspended-device' : 'reader' }
}

export const notWritten = (error: NotWritten): ApiError =>
  error.type === 'NoEpoch' ? { type: 'NoKeysYet' } : { type: 'NotAllowed', rule: error.rule }
