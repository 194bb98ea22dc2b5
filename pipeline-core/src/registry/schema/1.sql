-- The registry, version 1. Times are microseconds since 1970-01-01 UTC.

-- Named instances of scenario types.
CREATE TABLE scenarios (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    type    TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- Input values that were written; an input without a row has its default.
CREATE TABLE inputs (
    scenario INTEGER NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE,
    node     TEXT NOT NULL,
    object   TEXT,           -- the value's object, or
    file     TEXT,           -- the path of the file that the value stands for
    brief    TEXT NOT NULL,  -- the value in a few words
    written  INTEGER NOT NULL,
    PRIMARY KEY (scenario, node),
    CHECK ((object IS NULL) <> (file IS NULL))
) STRICT, WITHOUT ROWID;

-- Every submit, with its jobs as JSON: status, reason, times, error of each.
CREATE TABLE submissions (
    id       INTEGER PRIMARY KEY,
    scenario INTEGER NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE,
    status   TEXT NOT NULL,
    started  INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    jobs     TEXT NOT NULL
) STRICT;

CREATE INDEX submissions_by_scenario ON submissions (scenario, id);

-- What each job of a scenario last worked on and made, as JSON: the other side of every reason.
CREATE TABLE job_states (
    scenario   INTEGER NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE,
    job        TEXT NOT NULL,
    submission INTEGER NOT NULL,
    state      TEXT NOT NULL,
    PRIMARY KEY (scenario, job)
) STRICT, WITHOUT ROWID;

-- Files whose content was read: while a file's stamp is the same, so is its content.
CREATE TABLE stamps (
    path  TEXT PRIMARY KEY,
    stamp TEXT NOT NULL,
    hash  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
