-- The registry, from version 2 to 3: every run kept and traced. Numbers of scenarios and submissions are never
-- used again, which only a new table can say. Foreign keys are off while this runs.

-- What a scenario type was at some moment: its wiring and the code of its tasks.
CREATE TABLE versions (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    type   TEXT NOT NULL,
    hash   TEXT NOT NULL UNIQUE,  -- of the wiring
    made   INTEGER NOT NULL,      -- when it was first seen
    author TEXT NOT NULL,
    source TEXT,                  -- the commit that was checked out when the program was compiled
    wiring TEXT NOT NULL          -- nodes and calls with their code fingerprints, as JSON
) STRICT;

CREATE TABLE scenarios_3 (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT NOT NULL UNIQUE,
    type    TEXT NOT NULL,
    created INTEGER NOT NULL,
    author  TEXT NOT NULL DEFAULT '',
    note    TEXT NOT NULL DEFAULT '',
    origin  TEXT,                                -- the scenario that it was duplicated or imported from
    version INTEGER REFERENCES versions (id),    -- under which it was last written or run
    turn    INTEGER NOT NULL DEFAULT 0           -- how often its job states were written
) STRICT;
INSERT INTO scenarios_3 (id, name, type, created) SELECT id, name, type, created FROM scenarios;
DROP TABLE scenarios;
ALTER TABLE scenarios_3 RENAME TO scenarios;

CREATE TABLE submissions_3 (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    scenario INTEGER NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE,
    status   TEXT NOT NULL,
    started  INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    pinned   INTEGER NOT NULL DEFAULT 0,
    version  INTEGER REFERENCES versions (id),
    author   TEXT NOT NULL DEFAULT '',
    session  TEXT,                               -- while it runs: the process that carries it out
    inputs   TEXT NOT NULL DEFAULT '[]',         -- what it worked on, as JSON
    warnings TEXT NOT NULL DEFAULT '[]',
    jobs     TEXT NOT NULL                       -- status, reason, times, error of each job, as JSON
) STRICT;
INSERT INTO submissions_3 (id, scenario, status, started, duration, pinned, jobs)
SELECT id, scenario, status, started, duration, pinned, jobs FROM submissions;
DROP TABLE submissions;
ALTER TABLE submissions_3 RENAME TO submissions;
-- With all that a list tells of a scenario's latest submission: rows with their jobs are long.
CREATE INDEX submissions_by_scenario ON submissions (scenario, id, status, started, duration);
CREATE INDEX submissions_that_run ON submissions (session) WHERE session IS NOT NULL;

-- The jobs of submissions that run, as far as their functions were called.
CREATE TABLE running_jobs (
    submission INTEGER NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
    job        TEXT NOT NULL,
    started    INTEGER NOT NULL,
    report     TEXT,              -- as JSON, once the job is over
    PRIMARY KEY (submission, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE tags (
    scenario INTEGER NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE,
    tag      TEXT NOT NULL,
    PRIMARY KEY (scenario, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX scenarios_by_tag ON tags (tag, scenario);

CREATE TABLE properties (
    scenario INTEGER NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE,
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (scenario, name)
) STRICT, WITHOUT ROWID;

-- The type of a written value, as its author wrote it; empty where that was not kept.
ALTER TABLE inputs ADD COLUMN type TEXT NOT NULL DEFAULT '';

-- Every value that an input was ever set to. Without object and file: back to the default.
CREATE TABLE edits (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    scenario INTEGER NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE,
    node     TEXT NOT NULL,
    object   TEXT,
    file     TEXT,
    type     TEXT NOT NULL,
    brief    TEXT NOT NULL,
    made     INTEGER NOT NULL,
    author   TEXT NOT NULL,
    CHECK (object IS NULL OR file IS NULL)
) STRICT;
INSERT INTO edits (scenario, node, object, file, type, brief, made, author)
SELECT scenario, node, object, file, '', brief, written, '' FROM inputs ORDER BY written;
CREATE INDEX edits_by_scenario ON edits (scenario, id);

-- The numbers that a run is judged by.
CREATE TABLE kpis (
    submission INTEGER NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,     -- the node, or node and field
    content    TEXT NOT NULL,     -- the hash of the node's value
    value      REAL,              -- nothing where the value is missing or is no number
    unit       TEXT NOT NULL,
    better     TEXT NOT NULL,     -- higher or lower
    PRIMARY KEY (submission, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX kpis_by_content ON kpis (content, name);
