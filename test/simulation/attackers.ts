// What hostile people with real keys do: whoever holds a copy of a device's storage, and members who were taken out and go on. Each is
// an action like those of people.ts; they use the engine's own parts and none of its manners.
import type { Action } from './people.ts'
import type { Device } from './device.ts'
import type { World } from './world.ts'

type Deed = (world: World, device: Device, action: Action, index: number) => Promise<string> | string

export const HOSTILE: Readonly<Record<string, Deed>> = {}
