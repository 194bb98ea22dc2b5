//! Floor 3: tables.
//!
//! What a row is needs no polars ([`row`]); everything else is behind the feature `polars`.

pub(crate) mod row;
