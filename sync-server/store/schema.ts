// The relay's whole database. Everything a relay keeps is a column here: channel ids, days, entry ids, sealed bytes and
// their order. No address, no time finer than a day, no connection. Rule CH-23.
export const SCHEMA_VERSION = 2

export const SCHEMA = `
  CREATE TABLE channels (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    incarnation BLOB NOT NULL,
    created_day INTEGER NOT NULL,
    opened_day INTEGER NOT NULL
  ) STRICT;
  -- What is in which channel, in what order. n counts from 1 without holes; size is that of the bytes, for quotas.
  CREATE TABLE entries (
    channel INTEGER NOT NULL,
    n INTEGER NOT NULL,
    id BLOB NOT NULL,
    size INTEGER NOT NULL,
    content INTEGER NOT NULL,
    PRIMARY KEY (channel, n)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX entries_by_id ON entries (id, channel);
  -- The sealed bytes, once, however many channels they are linked into; one after the other, found by what refers to them.
  CREATE TABLE contents (
    key INTEGER PRIMARY KEY,
    data BLOB NOT NULL
  ) STRICT;
`
