// The request to look for damage in what is stored (api-sync.ts). Owns its mapping to the space; the checks are in doctor.ts.
import { ok } from '../base/result.ts'
import type { DoctorApi } from './api.ts'
import { examine } from './doctor.ts'
import type { Requests } from './requests.ts'

export const doctorRequests = (requests: Requests): DoctorApi => ({
  doctor: (id) =>
    requests.space(id, async ({ space }) => {
      // Who asks for the doctor asks, too, for what this device gave up.
      space.documents.tryHeldAgain()
      return ok(await examine(space))
    }),
})
