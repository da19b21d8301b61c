// The order of the roles (rules ME-11, ME-12): which change takes rights away. Who may make it is decided elsewhere (judge.ts).
import type { Role } from './types.ts'

const RANK: Readonly<Record<Role, number>> = { reader: 0, editor: 1, coordinator: 2 }

export const isLower = (a: Role, b: Role): boolean => RANK[a] < RANK[b]
