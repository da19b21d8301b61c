// What kind of device the page is on, as far as its screen tells: for the name a device starts with. Nothing finer (no model, no
// system), because every member of a space sees that name.
export type DeviceKind = 'phone' | 'tablet' | 'computer'

/** `shorter`: the shorter side of the screen in CSS pixels. `coarse`: its main pointer is a finger. */
export function kindOf(shorter: number, coarse: boolean): DeviceKind {
  if (shorter < 600) return 'phone'
  return coarse ? 'tablet' : 'computer'
}

export const deviceKind = (): DeviceKind =>
  kindOf(Math.min(screen.width, screen.height), matchMedia('(pointer: coarse)').matches)
