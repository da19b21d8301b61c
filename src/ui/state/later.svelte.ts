// What she has put aside for now ("todavía no", "ya está hablado"). In memory only: an id on the disk would tell whoever holds the device that
// there is something to decide. Gone with the page, and asked again then.
import { SvelteSet } from 'svelte/reactivity'

const put = new SvelteSet<string>()

export const later = {
  has: (key: string): boolean => put.has(key),
  put: (key: string): void => void put.add(key),
}
