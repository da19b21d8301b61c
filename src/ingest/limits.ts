// The numbers a change is held to before Automerge sees it. Part of the spec version: every device gives the same verdict
// (IN-1), so changing one is a new version. Honest documents stay far below all of them.

/** Operations in one entry, over all its changes. */
export const MAX_OPERATIONS = 200_000
/** Predecessors named in one change. */
export const MAX_PREDECESSORS = 400_000
/** Bytes that the strings of one column come to, repetitions written out. */
export const MAX_EXPANDED_STRINGS = 4 * 1024 * 1024
export const MAX_DEPENDENCIES = 1_024
/** Other actors that one change refers to. */
export const MAX_OTHER_ACTORS = 4_096
export const MAX_MESSAGE_BYTES = 1_024
/** Bytes after the columns, which this version of Automerge leaves empty. */
export const MAX_EXTRA_BYTES = 1_024
/** Automerge's operation counters are 32 bits wide; beyond, a document could not be saved. */
export const MAX_COUNTER = 2 ** 31 - 1
/** Objects within objects made by one entry. */
export const MAX_NESTING = 32
/** Bytes of an actor: all are derived (EN-7). */
export const ACTOR_BYTES = 16
/** Bytes that the columns of one snapshot's save come to, inflated. */
export const MAX_SAVE_INFLATED = 128 * 1024 * 1024
/** Rows of one of its columns. */
export const MAX_SAVE_ROWS = 8_000_000
/** Columns of one kind in a save: those that Automerge 3 writes are fewer. */
export const MAX_SAVE_COLUMNS = 32

// What follows is this device's own affair (IN-13 to IN-17): no verdict that others share depends on it.

/** Objects within objects of a whole document that this device shows; no document type needs more than 6. */
export const MAX_DOCUMENT_DEPTH = 64
/** Bytes of changes of the copies that the scratch worker keeps. */
export const MIRROR_BYTES = 16 * 1024 * 1024
/** Bytes of one device's changes that wait in memory for what they depend on; the rest waits on disk. */
export const MAX_HELD_BYTES = 1024 * 1024
/** Entries of one device, likewise. */
export const MAX_HELD_ENTRIES = 256
