// The fixture of the end-to-end tests: a fresh world for each, and at its end the questions that every one of them must
// answer. Owns nothing else.
import { test as base, expect } from '@playwright/test'
import { World } from './e2e-world.ts'

export const test = base.extend<{ world: World }>({
  world: async ({ browser }, use, info) => {
    const world = new World(browser, info.project.use.launchOptions ?? {})
    await world.begin()
    try {
      await use(world)
      // What happened along the way counts as much as what the test looked at.
      if (info.errors.length === 0) {
        expect(world.findings(), 'plain text seen or kept by the relay').toEqual([])
        expect(world.complaints, 'what the browsers refused, threw or asked of strangers').toEqual([])
      }
    } finally {
      await world.end()
    }
  },
})

export { expect }
