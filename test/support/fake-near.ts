// Devices nearby, of cardboard: codes that lead nowhere.
import { ok } from '../../src/base/result.ts'
import type { NearApi } from '../../src/engine/api.ts'

export function nearRequests(): NearApi {
  const peer = 'ab'.repeat(16)
  const codes = { peer, codes: ['telarnear1.de-prueba.AAAA'], text: 'telarnear1.de-prueba.AAAA' }
  return {
    nearBegin: () => Promise.resolve(ok(codes)),
    nearRead: () => Promise.resolve(ok({ peer, reply: codes })),
    nearEnd: () => Promise.resolve(ok(undefined)),
  }
}
