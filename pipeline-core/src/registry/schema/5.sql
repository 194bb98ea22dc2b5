-- The registry, from version 4 to 5: KPIs with all of their digits.

-- The value as a text, where it is a whole number or NaN: a double is not all of it.
ALTER TABLE kpis ADD COLUMN exact TEXT;
