-- The registry, from version 1 to 2: what explains decisions. None of it decides anything.

-- The code of tasks, by fingerprint: a line for each part, an empty line, a line for each crate.
CREATE TABLE code (
    hash  TEXT PRIMARY KEY,
    parts TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- An index over the result records, so that the nearest to a missing one is found.
CREATE TABLE results (
    key      TEXT PRIMARY KEY,
    task     TEXT NOT NULL,     -- the path of the function
    scenario TEXT NOT NULL,     -- in which it was made
    code     TEXT NOT NULL,     -- the fingerprint
    pinned   TEXT,              -- the version that stood for the code
    strict   TEXT,              -- the toolchain as JSON, where it is part of the key
    inputs   TEXT NOT NULL,     -- parameter, node, content and brief of each, as JSON
    made     INTEGER NOT NULL,
    duration INTEGER NOT NULL   -- of the task, in microseconds
) STRICT, WITHOUT ROWID;

CREATE INDEX results_by_task ON results (task, made);

-- A submission whose results stay when nobody else reaches them.
ALTER TABLE submissions ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;

-- When the registry was made, in its only row: of what is older, it does not know who reaches it. 0 for one
-- that was made before this was kept.
CREATE TABLE about (
    made INTEGER NOT NULL
) STRICT;

INSERT INTO about (made)
SELECT CASE WHEN EXISTS (SELECT 1 FROM scenarios) THEN 0 ELSE CAST(unixepoch('subsec') * 1000000 AS INTEGER) END;
