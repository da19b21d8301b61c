// The numbers that bound an operation and a graph (rules ME-1, ME-4, ME-7). Part of the protocol version: whoever changes
// one of the first group changes who accepts what.

export const MAX_BODY = 32 * 1024
export const MAX_PARENTS = 16
export const MAX_SEQ = 2 ** 31 - 1
export const MAX_DEVICES_PER_MEMBER = 64
export const MAX_RELAYS = 8
export const MAX_RELAY_LENGTH = 256

/** Operations of one device that may wait here for their parents; local, no part of any verdict. */
export const MAX_WAITING_PER_DEVICE = 1024
