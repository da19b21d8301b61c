// A realistic life of a space of a given number of devices, signed with real keys: admissions by several coordinators at once,
// second phones, new roles, people who leave, lost phones, promotions by cosign, new box keys; at its end one promotion that
// waits and one device that signed two things for one position. Owns the shape of that life; measures nothing.
import type { Crypto } from '../../src/crypto/index.ts'
import { story, type View } from '../support/membership-story.ts'

const COORDINATORS = ['ana', 'bea', 'cleo', 'dora', 'eva', 'fe', 'gala', 'hilda'] as const

/** How many coordinate a space of so many devices. */
const coordinating = (devices: number): readonly string[] =>
  COORDINATORS.slice(0, devices < 50 ? 3 : devices < 500 ? 4 : devices < 2_000 ? 6 : 8)

/** What happens to the person of this number, in the branch of her coordinator. */
async function happens(view: View, by: string, name: string, i: number): Promise<void> {
  if (i % 20 === 3) await view.addDevice(name, `${name} two`)
  if (i % 25 === 4) await view.rotate(name)
  if (i % 45 === 5) await view.suspend(by, name)
  if (i % 90 === 5) await view.resume(by, name)
  if (i % 50 === 6) await view.role(by, name, 'reader')
  if (i % 40 === 7) await view.remove(by, name)
}

/** One view that holds all of it; people are called `m0`, `m1`, … */
export async function life(devices: number, crypto: Crypto): Promise<View> {
  const coordinators = coordinating(devices)
  const first = await story(coordinators, crypto)
  const views = [first, ...coordinators.slice(1).map(() => first.fork())]
  let people = 0
  const entered = () => first.state().devices.size
  while (entered() < devices) {
    for (const [at, by] of coordinators.entries()) {
      const view = views[at] as View
      const left = devices - entered()
      const admitted = Math.min(5, Math.max(1, Math.floor(left / coordinators.length)))
      for (let n = 0; n < admitted; n++) {
        const name = `m${people++}`
        await view.admit(by, name, people % 6 === 0 ? 'reader' : 'editor')
        await happens(view, by, name, people)
      }
    }
    first.tell(...views.slice(1))
    for (const view of views.slice(1)) view.tell(first)
  }
  await first.role('ana', 'm0', 'coordinator')
  const copy = first.fork()
  await first.rotate('m1')
  await copy.rotate('m1')
  return first.tell(copy)
}
