// How people ask their engines, for all the lists of deeds: by which numbers an action chooses, what a device shows of the space, and
// what an answer is called in the trace. Owns no deed.
import type { EngineHost, SpaceView } from '../../src/engine/api.ts'
import type { Device } from './device.ts'
import type { Action } from './people.ts'
import type { World } from './world.ts'

/** What an action came to, for the trace. */
export type Deed = (world: World, device: Device, action: Action, index: number) => Promise<string> | string

export type Answered<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: { readonly type: string } }

/** Counted round. */
export const round = <T>(list: readonly T[], at: number): T | undefined =>
  list[list.length === 0 ? 0 : at % list.length]

export async function view(world: World, device: Device): Promise<SpaceView | null> {
  if (world.space === null || !device.on) return null
  const state = await device.ask((engine) => engine.state())
  return state.spaces.find(({ id }) => id === world.space) ?? null
}

/** Asks for something; the answer's code. */
export function ask<T>(device: Device, request: (engine: EngineHost) => Promise<Answered<T>>): Promise<string> {
  return device.ask(request).then((answer) => (answer.ok ? 'ok' : describeError(answer.error)))
}

export const describeError = (error: { readonly type: string; readonly rule?: string }) =>
  error.rule === undefined ? error.type : `${error.type} ${error.rule}`

/** A deed that needs the space as this device sees it. */
export const inSpace =
  (deed: (world: World, device: Device, action: Action, space: SpaceView, index: number) => Promise<string>): Deed =>
  async (world, device, action, index) => {
    const space = await view(world, device)
    return space === null ? 'not there' : deed(world, device, action, space, index)
  }
