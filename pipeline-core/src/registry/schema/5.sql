-- The registry, from version 4 to 5: KPIs with all of their digits.

-- The value as a text, where it is a whole number or NaN: a double is not all of it.
ALTER TABLE kpis ADD COLUMN exact TEXT;

-- What a double may not be all of is read again: no content's value is known by these.
UPDATE kpis SET content = '' WHERE value IS NULL OR abs(value) >= 9007199254740992.0;
