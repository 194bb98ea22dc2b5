-- The registry, from version 3 to 4: when bytes were read, and results that were made again to check the fingerprint.

-- When the bytes that have the hash were read or written; they are read again after an age.
ALTER TABLE stamps ADD COLUMN read INTEGER NOT NULL DEFAULT 0;

-- Programs that checked results: the executable's hash, and a line for each source: hash and path.
CREATE TABLE programs (
    program TEXT PRIMARY KEY,
    sources TEXT NOT NULL,
    seen    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Results that a program made, or found the same when it called the task again: the latest program of each.
CREATE TABLE rechecks (
    key     TEXT PRIMARY KEY,
    program TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Results that were not the same although their key was: until one is resolved, keys of its program are coarse.
CREATE TABLE mismatches (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    scenario TEXT NOT NULL,
    job      TEXT NOT NULL,
    task     TEXT NOT NULL,     -- the path of the function
    key      TEXT NOT NULL,
    details  TEXT NOT NULL,     -- outputs, error and changed sources, as JSON
    found    INTEGER NOT NULL,
    author   TEXT NOT NULL,
    resolved INTEGER            -- when
) STRICT;
